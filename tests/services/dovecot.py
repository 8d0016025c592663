"""A Dovecot of our own: IMAP on a free port, any user with one password, a Maildir for each.

Rules
- A test takes a user of its own (`add_user`), so mailboxes are never shared between tests.
- Mail is put in over IMAP (`append`), as another client would, or as a file in the Maildir (`drop`), as a delivery
  agent would; Dovecot sees both at once (inotify).
- As root the mail belongs to `nobody`, since Dovecot refuses to serve root's; otherwise everything runs as ourselves.
"""

import getpass
import imaplib
import mailbox
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.guard import Guarded
from tests.services.place import free_port, is_root, listens, until

PROGRAM = "/usr/sbin/dovecot"
PASSWORD = "secret"

CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = intake
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 0
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
mail_fsync = optimized
imap_idle_notify_interval = 10 s
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  {chroot}
}}
service stats {{
  {chroot}
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/mail/%u allow_all_users=yes
}}
"""


class Dovecot:
    """One IMAP server on `host`:`port`; every user's password is `PASSWORD`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        """Writes the configuration; `start` runs it."""
        self.folder = folder
        self.port = free_port()
        self.log = folder / "dovecot.log"
        self._guarded: Guarded | None = None
        (folder / "mail").mkdir(parents=True)
        me = getpass.getuser()
        names = (
            {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
            | {"owner": "nobody", "owner_group": "nogroup", "chroot": ""}
            if is_root()
            else {"internal": me, "internal_group": own_group(), "login": me}
            | {"owner": me, "owner_group": own_group(), "chroot": "chroot ="}
        )
        self._config = folder / "dovecot.conf"
        self._config.write_text(CONFIGURATION.format(folder=folder, port=self.port, password=PASSWORD, **names))
        if is_root():
            subprocess.run(["chown", "nobody:nogroup", str(folder / "mail")], check=True)

    def start(self) -> None:
        """Runs the server, on the same port and mailboxes as before."""
        self._guarded = Guarded([PROGRAM, "-F", "-c", self._config], log=self.folder / "start.log")
        until(lambda: listens(self.port), "Dovecot takes connections", 30, self.log)

    def stop(self) -> None:
        """A clean stop: clients are told BYE."""
        if self._guarded:
            self._guarded.stop()

    def kill(self) -> None:
        """SIGKILL to all its processes."""
        if self._guarded:
            self._guarded.kill()

    def add_user(self) -> str:
        """A new user with an empty INBOX; the name to log in with."""
        name = f"user{secrets.token_hex(4)}"
        with self.session(name):
            return name

    @contextmanager
    def session(self, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A plain IMAP client, logged in, with the folder selected."""
        client = imaplib.IMAP4(self.host, self.port, timeout=60)
        try:
            client.login(user, PASSWORD)
            client.select(folder)
            yield client
        finally:
            client.logout()

    def append(self, user: str, *mails: bytes, folder: str = "INBOX", at: str | None = None) -> None:
        """Puts mails in over IMAP; `at` is their INTERNALDATE, like `17-Jul-2026 02:44:25 +0000`."""
        with self.session(user) as client:
            client.create(folder)
            for mail in mails:
                status, answer = client.append(folder, "", f'"{at}"' if at else "", mail)
                assert status == "OK", answer

    def drop(self, user: str, *mails: bytes) -> None:
        """Puts mails into the INBOX as files, many and quickly, as a delivery agent would."""
        home = self.folder / "mail" / user
        box = mailbox.Maildir(home, create=True)
        for mail in mails:
            box.add(mail)
        if is_root():
            subprocess.run(["chown", "-R", "nobody:nogroup", str(home)], check=True)

    def uids(self, user: str, folder: str = "INBOX") -> list[int]:
        """The UIDs there now."""
        with self.session(user, folder) as client:
            _, answer = client.uid("SEARCH", "ALL")
            return [int(uid) for uid in (answer[0] or b"").split()]

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, set[str]]:
        """The flags of each UID."""
        with self.session(user, folder) as client:
            _, answer = client.uid("FETCH", "1:*", "(FLAGS)")
        found = {}
        for line in answer:
            if isinstance(line, bytes) and (
                match := re.search(rb"UID (\d+).*?FLAGS \(([^)]*)\)|FLAGS \(([^)]*)\).*?UID (\d+)", line)
            ):
                uid, flags = match[1] or match[4], match[2] or match[3] or b""
                found[int(uid)] = set(flags.decode().split())
        return found

    def uid_validity(self, user: str, folder: str = "INBOX") -> int:
        """The mailbox's UIDVALIDITY."""
        with self.session(user) as client:
            _, answer = client.status(folder, "(UIDVALIDITY)")
            match = re.search(rb"UIDVALIDITY (\d+)", answer[0])
            assert match, answer
            return int(match[1])

    def change_uid_validity(self, user: str, folder: str = "INBOX") -> int:
        """Gives the mailbox another UIDVALIDITY, as a restored server would; the new one."""
        fresh = self.uid_validity(user, folder) + 1
        self._doveadm("mailbox", "update", "-u", user, "--uid-validity", str(fresh), folder)
        return fresh

    def empty(self, user: str, folder: str = "INBOX") -> None:
        """Deletes every mail there, as somebody else's client would."""
        with self.session(user, folder) as client:
            client.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
            client.expunge()

    def _doveadm(self, *arguments: str) -> str:
        done = subprocess.run(
            ["doveadm", "-c", str(self._config), *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def own_group() -> str:
    """The name of our own primary group."""
    return subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
