"""One folder of an IMAP server (RFC 3501, RFC 9051), through imapclient; every call blocks, none is ours to retry.

Rules
-----
1. Nothing is changed on the server but by `flag` and `move`; mails are fetched with PEEK.
2. Answers stay bounded: UIDs are searched in windows, mails fetched in bundles; a mailbox may be of any length.
3. `interrupt` may be called from any thread, at any time: what is under way then fails at once.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from intake_daemon.errors import Temporary

_WINDOW = 5_000
"""UIDs asked for at a time; imaplib reads no line of more than a million bytes."""
_TOKEN_SECONDS = 30.0
_NAME = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True)
class Account:
    """Where and as whom; see `Imap.Settings`. Times in seconds."""

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"]
    ca_file: Path | None
    user: str
    password: str | None
    oauth2_command: tuple[str, ...]
    oauth2_file: Path | None
    folder: str
    changes: bool
    """Whether mails are flagged or moved; else the folder is opened for reading only."""
    move_to: str | None
    timeout: float


@dataclass(frozen=True)
class State:
    """The folder now: its UIDs mean something only together with `validity`; the next mail gets `next_uid` or more."""

    validity: int
    next_uid: int


@dataclass(frozen=True)
class Facts:
    """What is known of a mail before it is fetched: bytes, and when the server took it."""

    size: int
    arrived_at: datetime | None
    head: bytes = b""
    """Its Message-ID field, where that was asked for."""


class Mailbox:
    """One connection to one folder."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._imap: Any = None  # imapclient has no types
        self.idles = False
        """Whether the server tells of new mail by itself (RFC 2177)."""

    def open(self) -> None:
        """Connect and log in. Raises Temporary: `imap_not_connected`, `imap_login`, `imap_refused`."""
        account = self._account
        try:
            self._connect()
            self._login()
            self.idles = self._imap.has_capability("IDLE")
            if account.move_to and not self._imap.folder_exists(account.move_to):
                self._imap.create_folder(account.move_to)
        except LoginError:
            raise Temporary("imap_login") from None
        except (OSError, IMAPClientAbortError):
            raise Temporary("imap_not_connected") from None
        except IMAPClientError:
            raise Temporary("imap_refused") from None

    def _connect(self) -> None:
        account = self._account
        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
        self._imap = IMAPClient(
            account.host,
            account.port,
            ssl=account.tls == "tls",
            ssl_context=context if account.tls == "tls" else None,
            timeout=SocketTimeout(account.timeout, account.timeout),
        )
        self._imap.normalise_times = False  # aware times, please
        if account.tls == "starttls":
            self._imap.starttls(context)

    def _login(self) -> None:
        account = self._account
        if account.password is not None:
            self._imap.login(account.user, account.password)
        else:
            self._imap.oauth2_login(account.user, self._token())

    def _token(self) -> str:
        """A fresh access token at every login: they live for an hour."""
        account = self._account
        try:
            if account.oauth2_file:
                return account.oauth2_file.read_text().strip()
            done = subprocess.run(  # noqa: S603 -- the operator's own command
                account.oauth2_command, capture_output=True, check=True, timeout=_TOKEN_SECONDS, text=True
            )
        except (subprocess.SubprocessError, OSError):
            raise Temporary("imap_token") from None
        return done.stdout.strip()

    def there(self, folder: str) -> bool:
        """Whether there is such a folder."""
        return bool(self._imap.folder_exists(folder))

    def select(self, folder: str = "") -> State:
        """Open the folder anew: what is there now. `folder`: another one than the account's."""
        told = self._imap.select_folder(folder or self._account.folder, readonly=not self._account.changes)
        next_uid = told.get(b"UIDNEXT")
        if next_uid is None:  # RFC 3501 lets a server leave it out
            next_uid = max(self._imap.search("ALL"), default=0) + 1
        return State(validity=int(told.get(b"UIDVALIDITY", 0)), next_uid=int(next_uid))

    def after(self, uid: int, end: int, since: datetime | None = None) -> list[int]:
        """Some UIDs above `uid` and below `end`, in order; empty when there are none. `since`: only mails that came
        then or later, to the day (the exact time is the caller's to check)."""
        start, width = uid + 1, _WINDOW
        while start < end:
            last = min(start + width, end) - 1
            criteria: list[Any] = ["UID", f"{start}:{last}"]
            if since:
                criteria += ["SINCE", (since - timedelta(days=1)).date()]  # servers count days in their own zone
            found: list[int] = sorted(one for one in self._imap.search(criteria) if uid < one < end)
            if found:
                return found
            start, width = last + 1, width * 2
        return []

    def look(self, uids: Sequence[int], *, named: bool = False) -> dict[int, Facts]:
        """Size and arrival of those that are still there; `named`: their Message-ID, too."""
        told = self._imap.fetch(uids, ["RFC822.SIZE", "INTERNALDATE", *([_NAME] if named else [])])
        return {
            uid: Facts(
                size=int(one.get(b"RFC822.SIZE", 0)),
                arrived_at=_utc(one.get(b"INTERNALDATE")),
                head=next((value for key, value in one.items() if bytes(key).startswith(b"BODY[HEADER")), None) or b"",
            )
            for uid, one in told.items()
        }

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails that are still there and that the server can give."""
        told = self._imap.fetch(uids, ["BODY.PEEK[]"])
        return {uid: body for uid, one in told.items() if (body := one.get(b"BODY[]")) is not None}

    def beginning(self, uid: int, size: int) -> bytes:
        """The first `size` bytes of a mail, as far as the server gives them."""
        told = self._imap.fetch([uid], [f"BODY.PEEK[]<0.{size}>"])
        return bytes(told.get(uid, {}).get(b"BODY[]<0>") or b"")

    def has(self, uid: int) -> bool:
        """Whether it is still there."""
        return uid in self._imap.search(["UID", str(uid)])

    def flag(self, uids: Sequence[int], flag: str) -> None:
        """Set a flag."""
        self._imap.add_flags(uids, [flag], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Into another folder. Without MOVE (RFC 6851) copied and marked deleted, and taken away where that can be
        done to these alone (RFC 4315)."""
        if self._imap.has_capability("MOVE"):
            self._imap.move(uids, folder)
            return
        self._imap.copy(uids, folder)
        self._imap.delete_messages(uids, silent=True)
        if self._imap.has_capability("UIDPLUS"):
            self._imap.uid_expunge(uids)

    def append(self, folder: str, mail: bytes) -> None:
        """Put a mail there."""
        self._imap.append(folder, mail)

    def remove(self, message_id: str) -> None:
        """Take away the mail of this whole Message-ID from the selected folder, and no other."""
        uids = self._imap.search(["HEADER", "Message-ID", message_id])
        if uids:
            self._imap.delete_messages(uids, silent=True)
            if self._imap.has_capability("UIDPLUS"):
                self._imap.uid_expunge(uids)

    def wait(self, seconds: float) -> None:
        """Until the server tells of something, at most so long. Only when it `idles`."""
        self._imap.idle()
        try:
            if not self._told_already():
                self._imap.idle_check(timeout=seconds)
        finally:
            self._imap.idle_done()

    def _told_already(self) -> bool:
        """Whether the server's first news came in one packet with its consent to IDLE: then they lie in imaplib's
        buffer, and imapclient, which waits at the socket, would not see them before the next ones."""
        held = self._imap.socket()
        held.settimeout(0)
        try:
            return bool(self._imap._imap.file.peek(1))  # noqa: SLF001 -- nobody offers it; imaplib's since 3.2
        except (OSError, AttributeError):
            return False
        finally:
            held.settimeout(self._account.timeout)

    def interrupt(self) -> None:
        """Whatever is under way fails at once, but for the connecting itself; the connection is of no more use."""
        if self._imap is not None:
            with contextlib.suppress(OSError, AttributeError, TypeError):  # there may be no socket any more
                # the plain socket's own: TLS's would pull the object from under the thread that reads
                socket.socket.shutdown(self._imap.socket(), socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back."""
        if self._imap is not None:
            with contextlib.suppress(OSError, IMAPClientError):
                self._imap.shutdown()


def _utc(moment: datetime | None) -> datetime | None:
    """In UTC; None when the server says nothing that makes sense."""
    if moment is None or moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
