"""Whether the address in From is proven: what our own border says of it.

Rules
1. Only Authentication-Results of a configured authserv-id count, and only those of the mail's own header: a customer
   can write "dkim=pass" anywhere (MAIL-11, RFC 8601 sections 4.1 and 5).
2. Per method the topmost word counts. Methods and results that we do not know are ignored.
3. A pass counts only for From's own domain: `dmarc=pass` for it, `dkim=pass` of it or of a domain above it,
   `auth=pass` (the writer logged in at our own border) with an address of it.
4. A mail with several From fields or authors proves nobody. A failed result is never a reason to drop a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.email.addresses import Parties
from connectors.email.header import Fields
from connectors.email.settings import within
from connectors.email.structure import HEADERS_LIMIT

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)(.*)", re.DOTALL | re.IGNORECASE)
_PROPERTY = re.compile(r'([a-z]+\.[a-z0-9_-]+)\s*=\s*("[^"]*"|\S+)', re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One method's result with its properties (`header.d`, `header.from`, …), all in lower case."""

    method: str
    result: str
    properties: dict[str, str]


def proven(
    fields: Fields, people: Parties, authserv_ids: frozenset[str], envelope: Mapping[str, str] | None = None
) -> bool:
    """Whether our border vouches for the author's address; where it says nothing of signatures, whether a signature
    that our door checked does (`envelope`: what `signatures` found)."""
    author = people.author
    if author is None or not author.domain or len(people.authors) != 1 or len(fields.raws("from")) != 1:
        return False
    found = findings(fields, authserv_ids)
    if any(_vouches(finding, author.domain) for finding in found):
        return True
    if any(finding.method in {"dkim", "dmarc"} for finding in found):
        return False
    return within(author.domain, frozenset((envelope or {}).get("dkim", "").split()))


def denied(content: bytes) -> bool:
    """Whether the topmost server that judged the sender of this mail found it false, whoever that server is.

    Only for files on a disk, of which nobody knows what border they came through: it may take belief away, never give
    it."""
    fields = Fields(content[:HEADERS_LIMIT].replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    for value in fields.plains("authentication-results"):
        said = {finding.method: finding.result for finding in _results(_COMMENT.sub(" ", value).split(";")[1:])}
        if "dmarc" in said:
            return said["dmarc"] == "fail"
        if "dkim" in said or "spf" in said:
            return "pass" not in {said.get("dkim"), said.get("spf")} and "fail" in {said.get("dkim"), said.get("spf")}
    return False


def findings(fields: Fields, authserv_ids: frozenset[str]) -> list[Finding]:
    """What our own border found; of each method only the topmost field that speaks of it."""
    found: list[Finding] = []
    spoken: set[str] = set()
    for value in fields.plains("authentication-results") if authserv_ids else ():
        ours = [finding for finding in _of(value, authserv_ids) if finding.method not in spoken]
        spoken.update(finding.method for finding in ours)
        found.extend(ours)
    return found


def _of(value: str, authserv_ids: frozenset[str]) -> list[Finding]:
    server, *results = _COMMENT.sub(" ", value).split(";")
    words = server.strip().strip('"').lower().split()
    if not words or words[0] not in authserv_ids:
        return []
    return _results(results)


def _results(results: list[str]) -> list[Finding]:
    found = []
    for result in results:
        if match := _RESULT.match(result.strip()):
            properties = {name.lower(): word.strip('"').lower() for name, word in _PROPERTY.findall(match[3])}
            found.append(Finding(match[1].lower(), match[2].lower(), properties))
    return found


def _vouches(finding: Finding, domain: str) -> bool:
    if finding.result != "pass":
        return False
    said = finding.properties
    if finding.method == "dmarc":
        return said.get("header.from", "").rpartition("@")[2] == domain
    if finding.method == "dkim":
        signer = said.get("header.d") or said.get("header.i", "").rpartition("@")[2]
        return bool(signer) and "." in signer and (domain == signer or domain.endswith("." + signer))
    if finding.method == "auth":
        return any(said.get(name, "").rpartition("@")[2] == domain for name in ("smtp.auth", "smtp.mailfrom"))
    return False
