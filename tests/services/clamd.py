"""A clamd of our own on a free port, with two signatures of our own: nothing is ever downloaded.

Rule: `EVIL` is a word that only these signatures know; no scanner of the machine takes the tests' files for a virus.
"""

from pathlib import Path

from tests.services.guard import Guarded
from tests.services.place import free_port, listens, until

PROGRAM = "/usr/sbin/clamd"
EVIL = b"intake-daemon-test-virus"

CONFIGURATION = """\
Foreground yes
DatabaseDirectory {folder}/signatures
TCPSocket {port}
TCPAddr 127.0.0.1
LogFile {folder}/clamd.log
SelfCheck 0
StreamMaxLength 1M
"""


class Clamd:
    """One scanner at `address`."""

    def __init__(self, folder: Path) -> None:
        """Writes configuration and signatures; `start` runs it."""
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._guarded: Guarded | None = None
        (folder / "signatures").mkdir(parents=True)
        (folder / "signatures" / "own.ndb").write_text(f"Own.Test:0:*:{EVIL.hex()}\n")
        self._config = folder / "clamd.conf"
        self._config.write_text(CONFIGURATION.format(folder=folder, port=self.port))

    def start(self) -> None:
        """Runs the scanner, on the same port as before."""
        self._guarded = Guarded([PROGRAM, "-c", self._config], log=self.folder / "start.log")
        until(lambda: listens(self.port), "clamd takes connections", 60, self.folder / "start.log")

    def kill(self) -> None:
        """SIGKILL."""
        if self._guarded:
            self._guarded.kill()
