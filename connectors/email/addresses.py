"""Who wrote, to whom, and where an answer may go.

Rules
1. Addresses are taken apart before encoded words are decoded, so a display name can never become an address.
2. A domain is in lower case and in its ASCII form (IDNA); a local part is left as it was written.
3. Where the answer goes (MAIL-04, RFC 3834 section 4): to the return path, unwrapped where a relay rewrote it; to From
   where the path is of another domain and From is authenticated; Reply-To only within From's domain; nobody where the
   path is null.
4. One mail has one sender: of several authors the one that Sender names, else the first.

RFC 5322 section 3.4, RFC 6531 (addresses beyond ASCII).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.email.header import Fields, eight_bit, spoken
from intake_daemon.message import Address

MAILBOXES_LIMIT = 1_000
"""Addresses of one field that are read."""

_PLAIN = re.compile(r'\s*(?:"?([^"<>,;:()@\\]*)"?\s*)?<([^\s<>@"(),:;\\]+@[^\s<>@"(),:;\\]+)>\s*')
_BARE = re.compile(r"[^\s<>@\"(),:;\\\[\]]+@[^\s<>@\"(),:;\\\[\]]+")
_ANYWHERE = re.compile(r"[^\s<>@\"'(),:;\\\[\]=]{1,64}@[^\s<>@\"'(),:;\\\[\]=]{1,253}")
_REWRITTEN = re.compile(
    r"srs0[=+-][^=@]*=[^=@]*=(?P<domain>[^=@]+)=(?P<local>[^@]+)@|prvs=[0-9a-z]+=(?P<tagged>[^=@]+)(?P<rest>@.+)",
    re.IGNORECASE,
)
_ACTS = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters, with which a name can be made to look like another one."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\([^()]*\)|<[^<>]*>?|[,;:]|[^"(<,;:]+|.', re.DOTALL)


@dataclass(frozen=True)
class Mailbox:
    """A name and an address as a field states them. `value` is normalised; "" when only a name stands there."""

    name: str
    value: str

    @property
    def domain(self) -> str:
        """The part behind the last @, in lower case."""
        return self.value.rpartition("@")[2] if "@" in self.value else ""

    @property
    def local(self) -> str:
        """The part before the last @, as it was written."""
        return self.value.rpartition("@")[0]

    def address(self) -> Address:
        """As the common message knows it."""
        return Address(kind="email", value=self.value)


def mailboxes(value: str) -> list[Mailbox]:
    """Every mailbox of a field such as From or To, groups opened; commas inside unquoted names forgiven."""
    if match := _PLAIN.fullmatch(value):
        return [Mailbox(_name(match[1] or ""), normal(match[2]))]
    if _BARE.fullmatch(value.strip()):
        return [Mailbox("", normal(value.strip()))]
    found = list(_several(value))
    if not found and "=?" in value:  # the whole field inside one encoded word
        found = list(_several(spoken(value)))
    return found[:MAILBOXES_LIMIT]


def _several(value: str) -> Iterator[Mailbox]:
    words: list[str] = []
    angle = comment = ""
    for match in _TOKEN.finditer(value):
        word = match[0]
        if word in {",", ";"}:
            mailbox = _mailbox(words, angle, comment)
            if mailbox is None and word == ",":
                words.append(word)  # `Smith, John <j@x>`: the comma belongs to the name
                continue
            if mailbox:
                yield mailbox
            words, angle, comment = [], "", ""
        elif word == ":" and not angle:
            words = []  # the name of a group
        elif word.startswith("<"):
            angle = angle or word.strip("<> \t")
        elif word.startswith("("):
            comment = word
        else:
            words.append(word)
    if mailbox := _mailbox(words, angle, comment):
        yield mailbox


def _mailbox(words: list[str], angle: str, comment: str) -> Mailbox | None:
    """`comment`: where old programs write the name (RFC 822): `anna@mail.example (Anna)`."""
    name = "".join(words).strip()
    if angle:
        address = angle.rpartition(":")[2] if angle.startswith("@") else angle  # an obsolete route
        return Mailbox(_name(name), normal(address)) if "@" in address else None
    bare = _ANYWHERE.search(name)
    if bare is None:
        return None
    before = name[: bare.start()].strip()  # Anna Berg anna@mail.example
    return Mailbox(_name(comment.strip("()") or ("" if "@" in before else before)), normal(bare[0]))


def _name(name: str) -> str:
    name = name.strip(" \t,")
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"?', name, re.DOTALL)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return _ACTS.sub("", spoken(name)).strip("'\" ") if name else ""


def normal(address: str) -> str:
    """An address with its domain in lower case and ASCII."""
    local, at, domain = address.strip(" \t<>").rpartition("@")
    if not at:
        return address.strip()
    domain = domain.rstrip(".").lower()
    if not domain.isascii() and len(domain) <= 253:  # noqa: PLR2004 -- the longest name there is (RFC 1035)
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def found_in(text: str) -> str | None:
    """The first address that stands anywhere in a short text, normalised."""
    match = _ANYWHERE.search(text)
    return normal(match[0].strip(".")) if match else None


@dataclass(frozen=True)
class Parties:
    """Everybody whom the header and the envelope name."""

    authors: tuple[Mailbox, ...]
    sender: Mailbox | None
    reply_to: tuple[Mailbox, ...]
    path: str | None
    """The return path, normalised; "" when it is null, None when nothing told it."""
    recipients: tuple[str, ...]
    """To, Cc and the envelope's recipients, each once."""
    delivered_to: tuple[str, ...]
    """Further addresses at which it arrived, for tokens only."""

    @property
    def author(self) -> Mailbox | None:
        """The one who counts as the writer: of From, else Sender, else of the return path."""
        named = {self.sender.value} if self.sender else set()
        ours = [author for author in self.authors if author.value in named] or list(self.authors)
        return ours[0] if ours else self.sender or (Mailbox("", self.path) if self.path else None)


def parties(fields: Fields, envelope: Mapping[str, str]) -> Parties:
    """Read every address field once."""
    to = [mailbox.value for name in ("to", "cc") for value in fields.plains(name) for mailbox in mailboxes(value)]
    handed = [normal(one) for one in re.split(r"[\s,;]+", envelope.get("rcpt_to", "")) if "@" in one]
    delivered = [
        mailbox.value
        for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to", "bcc")
        for value in fields.plains(name)
        for mailbox in mailboxes(value)
    ]
    return Parties(
        authors=tuple(mailboxes(fields.plain("from"))),
        sender=next(iter(mailboxes(fields.plain("sender"))), None),
        reply_to=tuple(mailboxes(fields.plain("reply-to"))),
        path=_path(fields, envelope),
        recipients=tuple(dict.fromkeys((*to, *handed)))[:MAILBOXES_LIMIT],
        delivered_to=tuple(dict.fromkeys(delivered))[:MAILBOXES_LIMIT],
    )


def doubts(fields: Fields, people: Parties) -> list[str]:
    """Remarks on who wrote: `several_from` (fields), `several_authors`, `name_is_another_address` (the name that a
    client shows is an address of another domain than the one that it hides), `resent` (somebody else than the writer
    sent it on as it was; who wrote stays the sender, RFC 5322 section 3.6.6)."""
    found = []
    resent = {each.value for value in fields.plains("resent-from") for each in mailboxes(value)}
    if resent - {author.value for author in people.authors}:
        found.append("resent")
    if len(fields.raws("from")) > 1:
        found.append("several_from")
    if len({author.value for author in people.authors}) > 1:
        found.append("several_authors")
    author = people.author
    claimed = _ANYWHERE.search(author.name) if author else None
    if author and claimed and normal(claimed[0]).rpartition("@")[2].strip(".") != author.domain:
        found.append("name_is_another_address")
    return found


def _path(fields: Fields, envelope: Mapping[str, str]) -> str | None:
    if "mail_from" in envelope:
        given = envelope["mail_from"]
    elif "return-path" in fields:
        given = eight_bit(fields.raw("return-path"))
    else:
        return None
    given = given.strip().strip("<>").strip()
    return _unwrapped(normal(given)) if "@" in given else ""


def _unwrapped(path: str) -> str:
    """The address inside a return path that a relay rewrote (SRS) or that its owner tagged (BATV)."""
    if match := _REWRITTEN.match(path):
        return normal(f"{match['local']}@{match['domain']}") if match["domain"] else f"{match['tagged']}{match['rest']}"
    return path


def reply_address(people: Parties, *, authenticated: bool) -> Address | None:
    """Where an automatic answer may go, or None for nobody. `authenticated`: From's address is proven."""
    author = people.author
    if people.path == "":
        return None
    if author is None or not author.value:
        return Address(kind="email", value=people.path) if people.path else None
    domain = people.path.rpartition("@")[2] if people.path else author.domain
    target = people.path or author.value
    if domain != author.domain and authenticated:
        target, domain = author.value, author.domain
    wanted = people.reply_to[0] if len(people.reply_to) == 1 else None
    if wanted and wanted.domain == author.domain == domain:
        target = wanted.value
    return Address(kind="email", value=target) if "@" in target else None
