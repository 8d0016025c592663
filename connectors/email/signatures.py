"""Whether the sender's own domain signed a mail (DKIM, RFC 6376), for mail of which no border of ours has said so.

Rules
1. The only file here with I/O: doors ask it before `accept`, and `parse` finds what it said in the envelope (`dkim`:
   the domains whose signature holds). So parsing stays pure.
2. It is asked only where it can matter: a signature of the author's own domain or one above it, and no
   Authentication-Results of our border.
3. It never costs a complaint: everything together has `seconds`; a name that nobody answers for is not asked for again
   for a minute, nor is anything after several in a row (one domain's silence must not hide another's signature). The
   mail is then simply of nobody proven.
4. A signature over a part of the body only (`l=`) proves nothing: anybody may have added the rest.
5. A large mail is judged in a process of its own, with limits, so that it delays no other (the library's regular
   expressions hold the interpreter).

Keys and hashes are dkimpy's business, names dnspython's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import dkim
import dns.asyncresolver
import dns.exception
import dns.resolver

from connectors.email.addresses import parties
from connectors.email.authentication import findings
from connectors.email.header import Fields
from connectors.email.settings import within
from connectors.email.structure import HEADERS_LIMIT

ENVELOPE = "dkim"
"""Under which name a door hands on what holds: domains, apart by blanks."""
_ASIDE = 256 * 1024  # bytes from which on a mail is judged in a process of its own
_TOO_LARGE = 50_000_000
_SIGNATURES = 5  # of one mail that are looked at
_AGAIN, _KEPT, _KEPT_NONE = 60.0, 3600.0, 300.0  # seconds: an outage, a key, that there is none
_IN_A_ROW = 5  # names that nobody answered for: then the resolver is away
_NAMES_LIMIT = 10_000
_CPU_SECONDS, _MEMORY = 20, 2 * 1024**3

Ask = Callable[[str], Awaitable[bytes | None]]
"""The TXT record of a name, None where there is none. Raises OSError or TimeoutError when nobody answers."""

_quiet = logging.getLogger("intake_daemon.dkimpy")  # the library would log headers
_quiet.propagate = False
_quiet.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class _Claim:
    """A signature: the `place` among all of them, the domain, where its key is."""

    place: int
    domain: str
    key: str


class Signatures:
    """Judges mails. `seconds`: the longest that one may wait, 0 judges none; `nameserver`: (host, port), by default the
    machine's."""

    def __init__(self, seconds: float, nameserver: tuple[str, int] | None = None, ask: Ask | None = None) -> None:
        self._seconds = seconds
        self._ask = ask or _Dns(nameserver)
        self._kept: dict[str, tuple[float, bytes | None]] = {}
        self._not_before = 0.0
        self._silent = 0
        self._one_at_a_time = asyncio.Semaphore(1)

    async def envelope(self, content: bytes, authserv_ids: frozenset[str]) -> dict[str, str]:
        """What to add to the envelope: nothing, or the domains that vouch for the author. Never raises."""
        if not self._seconds or len(content) > _TOO_LARGE:
            return {}
        wanted = claims(content, authserv_ids)
        if not wanted:
            return {}
        try:
            async with asyncio.timeout(self._seconds):
                found = await asyncio.gather(*(self._key(claim.key) for claim in wanted))
                keys = {claim.key: key for claim, key in zip(wanted, found, strict=True) if key}
                places = [claim.place for claim in wanted if claim.key in keys]
                holds = await self._judged(content, places, keys) if places else []
        except (TimeoutError, OSError):
            return {}
        said = dict.fromkeys(claim.domain for claim in wanted if claim.place in holds)
        return {ENVELOPE: " ".join(said)} if said else {}

    async def _key(self, name: str) -> bytes | None:
        now = time.monotonic()
        until, key = self._kept.get(name, (0.0, None))
        if until > now or now < self._not_before:
            return key
        try:
            key = await self._ask(name)
        except (TimeoutError, OSError, asyncio.CancelledError):
            self._keep(name, _AGAIN, None)
            self._silent += 1
            if self._silent >= _IN_A_ROW:
                self._not_before = time.monotonic() + _AGAIN
            raise
        self._silent = 0
        self._keep(name, _KEPT if key else _KEPT_NONE, key)
        return key

    def _keep(self, name: str, seconds: float, key: bytes | None) -> None:
        if len(self._kept) >= _NAMES_LIMIT:
            self._kept.clear()
        self._kept[name] = (time.monotonic() + seconds, key)

    async def _judged(self, content: bytes, places: list[int], keys: Mapping[str, bytes]) -> list[int]:
        if len(content) <= _ASIDE:
            return await asyncio.to_thread(holding, content, places, keys)
        async with self._one_at_a_time:
            return await _aside(content, places, keys)


def claims(content: bytes, authserv_ids: frozenset[str]) -> list[_Claim]:
    """The signatures that could prove the author's address; none where our border has spoken."""
    fields = Fields(content[:HEADERS_LIMIT].replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n")
    if "dkim-signature" not in fields or len(fields.raws("from")) != 1:
        return []
    if any(finding.method in {"dkim", "dmarc"} for finding in findings(fields, authserv_ids)):
        return []
    author = parties(fields, {}).author
    if author is None or not author.domain:
        return []
    found = []
    for place, value in enumerate(fields.plains("dkim-signature")[:_SIGNATURES]):
        tags = {name.strip(): said.strip() for name, _, said in (tag.partition("=") for tag in value.split(";"))}
        domain, selector = tags.get("d", "").lower(), tags.get("s", "").lower()
        if domain and selector and "." in domain and "l" not in tags and within(author.domain, frozenset({domain})):
            found.append(_Claim(place, domain, f"{selector}._domainkey.{domain}."))
    return found


def holding(content: bytes, places: list[int], keys: Mapping[str, bytes]) -> list[int]:
    """Which of these signatures hold, by their place; `keys`: DNS names and what stands there."""

    def look(name: bytes, timeout: float = 0) -> bytes | None:
        del timeout
        return keys.get(name.decode("ascii", "replace").lower())

    found = []
    for place in places:
        with contextlib.suppress(Exception):  # whatever a stranger's signature does to the library, it proves nothing
            if dkim.DKIM(content, logger=_quiet, minkey=1024).verify(idx=place, dnsfunc=look):
                found.append(place)
    return found


async def _aside(content: bytes, places: list[int], keys: Mapping[str, bytes]) -> list[int]:
    """The same in a process that ends with it, or is ended when there is no more time."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        asked = json.dumps([places, {name: key.decode("latin-1") for name, key in keys.items()}]).encode() + b"\n"
        said, _ = await process.communicate(asked + content)
        return [int(place) for place in json.loads(said)] if process.returncode == 0 else []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class _Dns:
    """The real one."""

    def __init__(self, nameserver: tuple[str, int] | None) -> None:
        self._nameserver = nameserver
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def __call__(self, name: str) -> bytes | None:
        try:
            if self._resolver is None:
                self._resolver = dns.asyncresolver.Resolver(configure=self._nameserver is None)
                if self._nameserver:
                    host, self._resolver.port = self._nameserver
                    self._resolver.nameservers = [host]
            answer = await self._resolver.resolve(name, "TXT", search=False)
            return b"".join(next(iter(answer)).strings)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except dns.exception.DNSException as error:
            raise OSError("dns_away") from error


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    _places, _keys = json.loads(sys.stdin.buffer.readline())
    _held = holding(sys.stdin.buffer.read(), _places, {name: key.encode("latin-1") for name, key in _keys.items()})
    sys.stdout.write(json.dumps(_held))
