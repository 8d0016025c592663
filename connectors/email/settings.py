"""What an operator tells us about mail, as far as reading it depends on it.

Rules
- A value here only ever widens what we believe or excuse; empty, we believe nobody and excuse nothing.
- Domains and ids are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator


@dataclass(frozen=True)
class Reading:
    """How mails of one installation are read; built once by smtp, imap and `intake parse`."""

    authserv_ids: frozenset[str] = frozenset()
    """Names under which our own border writes Authentication-Results (RFC 8601 section 2.5). The border must delete
    copies that come from outside (section 5); a connector that hears strangers directly passes none."""
    staff_domains: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Per brand: whose forwards are looked through when a forward stands inside a forward."""
    own_domains: frozenset[str] = frozenset()
    """Ours: a List-Id below one of them is our own group address, not a foreign list (MAIL-14)."""
    own_list_ids: frozenset[str] = frozenset()
    """Further List-Ids of our own, without angle brackets."""
    spam_marks: tuple[tuple[str, str], ...] = ()
    """What our own filter writes on spam: header, in lower case, and how its value begins. The border must delete
    copies that come from outside; who marks their own mail as spam only has it laid aside."""

    def is_staff(self, brand: str, domain: str) -> bool:
        """Whether addresses of this domain belong to the brand's people."""
        return within(domain, self.staff_domains.get(brand, frozenset()))

    def is_own_list(self, list_id: str) -> bool:
        """Whether a List-Id names one of our own group addresses."""
        return list_id in self.own_list_ids or within(list_id, self.own_domains)


def spam_mark(written: str) -> tuple[str, str]:
    """`X-Spam-Flag: YES` as header and value. Raises ValueError."""
    header, colon, value = written.partition(":")
    if not colon or not re.fullmatch(r"[!-9;-~]+", header.strip()) or not value.strip():
        raise ValueError(f"{written!r} is no mark. Write the header and its value, such as X-Spam-Flag: YES.")
    return header.strip().lower(), value.strip().casefold()


def _is_mark(written: str) -> str:
    spam_mark(written)
    return written


SpamMark = Annotated[str, AfterValidator(_is_mark)]
"""How a filter marks spam, as it stands in a configuration."""


def within(domain: str, domains: frozenset[str]) -> bool:
    """Whether `domain` is one of `domains` or below one."""
    return domain in domains or any(domain.endswith("." + known) for known in domains)
