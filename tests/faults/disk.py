"""A disk for one machine's `var` that can be full, for real: a small file system in memory, where we may mount one.

Where we may not, nothing is mounted, `real` is False, and `full` makes every write fail instead (`failing`), which is
an I/O error to SQLite and an error of the file to everybody else.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = "96m"


class Disk:
    """Mounted on `place`, an empty folder."""

    def __init__(self, place: Path) -> None:
        self._place = place
        place.mkdir(parents=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "intake-faults", str(place)]
        self.real = subprocess.run(words, capture_output=True, check=False).returncode == 0

    @contextmanager
    def full(self, pid: Callable[[], int]) -> Iterator[None]:
        """Not a byte is left."""
        if not self.real:
            with failing(pid):
                yield
            return
        filler = self._place / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            for piece in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * piece):
                        pass
        try:
            yield
        finally:
            filler.unlink()

    def end(self) -> None:
        """Everything on it is copied to the folder below, so that a failing run can be looked at."""
        if self.real:
            kept = self._place.with_name(f"{self._place.name}-kept")
            subprocess.run(["cp", "-a", str(self._place), str(kept)], capture_output=True, check=False)
            subprocess.run(["umount", "-l", str(self._place)], capture_output=True, check=False)
            self._place.rmdir()
            kept.rename(self._place)
            self.real = False


@contextmanager
def failing(pid: Callable[[], int]) -> Iterator[None]:
    """Every write of a process to any file fails (EFBIG); to SQLite that is an I/O error."""
    limited, hard = pid(), resource.RLIM_INFINITY
    with contextlib.suppress(ProcessLookupError):
        _, hard = resource.prlimit(limited, resource.RLIMIT_FSIZE)
        resource.prlimit(limited, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(limited, resource.RLIMIT_FSIZE, (hard, hard))
