"""Where the private servers live: a folder per session that every user may walk through, free ports, and waiting.

Rules
- Ports are taken below the kernel's range for outgoing connections, so that a server that is stopped and started again
  finds its own still free.
- `until` waits for a condition, never for a time; its bound is generous, because the machine may be busy.
"""

import os
import pwd
import random
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LOWEST, HIGHEST = 15_000, 32_000  # Linux gives outgoing connections ports from 32,768 on
WORKER = "PYTEST_XDIST_WORKER"  # how pytest-xdist tells its workers, and only them, that they are: gw0, gw1, ...
NURSERY = "INTAKE_NURSERY"  # how they hear of the folder of the nursery that is everybody's


_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens, and that nobody else of the suite is given."""
    workers = int(os.environ.get(f"{WORKER}_COUNT", "1"))
    share = (HIGHEST - LOWEST) // workers
    begin = LOWEST + share * (int(os.environ.get(WORKER, "gw0").removeprefix("gw")) % workers)
    for _ in range(1000):
        port = random.SystemRandom().randrange(begin, begin + share)
        if port in _given:  # whoever asked for it may not listen yet
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise AssertionError("no free port on 127.0.0.1")


def until(found: Callable[[], T | None], what: str, seconds: float = 120.0, log: Path | None = None) -> T:
    """Asks `found` until it answers something true, and returns that; fails with `what` and the end of `log`."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            raise AssertionError(f"not within {seconds:.0f} s: {what}\n{tail}")
        time.sleep(0.03)
    return answer


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_root() -> bool:
    """Whether the tests run as root, as in a container or in CI."""
    return os.geteuid() == 0


def user_exists(name: str) -> bool:
    """Whether the machine has this user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def as_user(name: str, command: list[str]) -> list[str]:
    """The command, run as another user when we are root; as ourselves otherwise."""
    if not is_root():
        return command
    setpriv = shutil.which("setpriv") or "setpriv"
    return [setpriv, f"--reuid={name}", f"--regid={name}", "--init-groups", *command]


def give_to(name: str, folder: Path) -> None:
    """Makes `name` the owner of the folder and all in it, when we are root."""
    if not is_root():
        return
    shutil.chown(folder, name, name)
    for inside in folder.rglob("*"):
        shutil.chown(inside, name, name)
