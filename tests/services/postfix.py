"""A Postfix of our own (needs root): a real MTA before us, and a real next MTA behind us.

Before us: `relay(domain, port)` sends mail for a domain on to our daemon, by SMTP or LMTP, with Postfix's real queue
and retries (shortened to seconds). Behind us: whatever is submitted for any other domain lands in one Maildir
(`letters`), as in a customer's mailbox. `refuse` and `bounce` play the mailboxes that do not exist.

Rules
- Every address is `.example`; nothing is ever looked up in DNS or sent off 127.0.0.1.
- Configuration, queue, data and mail are all private folders; the machine's own /etc/postfix is only read by the
  programs for their defaults.
"""

import mailbox
import re
import shutil
import smtplib
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from tests.services.guard import Guarded
from tests.services.place import free_port, listens, until

PROGRAM = "/usr/sbin/postfix"

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = mx.customers.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_host_lookup = native
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_dns_support_level = disabled
biff = no
message_size_limit = 52428800
alias_maps =
local_recipient_maps =
default_transport = virtual:
transport_maps = texthash:{folder}/transport
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/refused, permit_mynetworks, reject
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:letters/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_transport = virtual:
virtual_mailbox_limit = 0
recipient_delimiter = +
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 3s
smtp_destination_concurrency_failed_cohort_limit = 100
smtp_connect_timeout = 5s
lmtp_connect_timeout = 5s
in_flow_delay = 0
notify_classes =
"""

MASTER = """\
{port} inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One MTA. Its SMTP door is `host`:`port`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        """Lays out configuration, queue and mail; `start` runs it."""
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log" / "mail.log"
        self._config = folder / "etc"
        self._guarded: Guarded | None = None
        self._transports: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        for name in ("etc", "queue", "data", "log", "mail"):
            (folder / name).mkdir(parents=True)
        (self._config / "main.cf").write_text(MAIN.format(folder=folder))
        (self._config / "master.cf").write_text(MASTER.format(port=f"127.0.0.1:{self.port}"))
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", 65534, 65534)
        self._write_tables()

    def _write_tables(self) -> None:
        for name, table in (("transport", self._transports), ("refused", self._refused)):
            (self.folder / name).write_text("".join(f"{key} {value}\n" for key, value in table.items()))

    def start(self) -> None:
        """Runs it on the same queue and port as before."""
        (self.folder / "queue" / "pid" / "master.pid").unlink(missing_ok=True)
        self._guarded = Guarded([PROGRAM, "-c", self._config, "start-fg"], log=self.folder / "start.log")
        until(lambda: listens(self.port), "Postfix takes connections", 30, self.folder / "start.log")

    def stop(self) -> None:
        """A clean stop; what is queued stays queued."""
        if self._guarded:
            self._guarded.stop()

    def kill(self) -> None:
        """SIGKILL to all its processes."""
        if self._guarded:
            self._guarded.kill()

    def relay(self, domain: str, port: int, protocol: Literal["smtp", "lmtp"] = "smtp", *more: str) -> None:
        """From now on mail for `domain` goes to 127.0.0.1:`port`, again and again until it is taken or refused; so does
        mail for `more` domains or addresses."""
        where = f"[127.0.0.1]:{port}" if protocol == "smtp" else f"inet:127.0.0.1:{port}"
        self._transports |= dict.fromkeys((domain, *more), f"{protocol}:{where}")
        self._reload()

    def bounce(self, domain: str) -> None:
        """From now on mail for `domain` is taken and then bounced: a delivery report goes to its envelope sender."""
        self._transports[domain] = "error:5.1.1 no such mailbox here"
        self._reload()

    def refuse(self, address: str, reply: str = "550 5.1.1 no such mailbox here") -> None:
        """From now on the address (or domain) is refused at RCPT TO, with this reply."""
        self._refused[address] = reply
        self._reload()

    def deliver(self, *domains: str) -> None:
        """From now on mail for these domains or addresses lands in the Maildir again, and nothing of it is refused."""
        self._transports = {key: value for key, value in self._transports.items() if key not in domains}
        self._refused = {key: value for key, value in self._refused.items() if not key.endswith(domains)}
        self._reload()

    def _reload(self) -> None:
        self._write_tables()
        self._run("postfix", "reload")

    def send(self, mail: bytes | EmailMessage, sender: str, *recipients: str) -> None:
        """Submits a mail as a customer's own server would; raises what smtplib raises when it is refused."""
        raw = mail.as_bytes() if isinstance(mail, EmailMessage) else mail
        with smtplib.SMTP(self.host, self.port, timeout=60) as client:
            client.sendmail(sender, recipients, raw)

    def flush(self) -> None:
        """Tries everything that is deferred, now."""
        self._run("postqueue", "-f")

    def queued(self) -> int:
        """How many mails wait in the queue."""
        return sum(1 for line in self._run("postqueue", "-j").splitlines() if line.strip())

    def letters(self, recipient: str | None = None) -> list[bytes]:
        """The mails that landed, oldest first, as delivered; only those for one envelope recipient if it is given."""
        box = mailbox.Maildir(self.folder / "mail" / "letters", create=False) if self._landed() else None
        if box is None:
            return []
        files = sorted((self.folder / "mail" / "letters" / "new").iterdir(), key=lambda path: path.name)
        mails = [file.read_bytes() for file in files]
        if recipient is None:
            return mails
        wanted = re.compile(
            rb"^Delivered-To: " + re.escape(recipient.encode()) + rb"\r?$", re.IGNORECASE | re.MULTILINE
        )
        return [mail for mail in mails if wanted.search(mail)]

    def _landed(self) -> bool:
        return (self.folder / "mail" / "letters" / "new").is_dir()

    def forget_letters(self) -> None:
        """Deletes the mails that landed."""
        shutil.rmtree(self.folder / "mail" / "letters", ignore_errors=True)

    def forget(self) -> None:
        """As if nothing had happened: no relays, no refusals, an empty queue, no letters."""
        if self._transports or self._refused:
            self._transports, self._refused = {}, {}
            self._reload()
        until(self._purged, "the queue is empty", log=self.log)
        self.forget_letters()

    def _purged(self) -> bool:
        """A mail that goes from one queue to the next just now is in neither of them."""
        self._run("postsuper", "-d", "ALL")
        return self.queued() == 0

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [f"/usr/sbin/{program}", "-c", str(self._config), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
