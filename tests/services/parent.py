"""The process of a nursery (nursery.py): has the house imported, and forks.

`python -m tests.services.parent SOCKET` takes orders there, one after another: a line of JSON, answered with the new
process's id.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import random
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer.main

from intake_daemon.command import configuration, main
from intake_daemon.command import house as _house  # noqa: F401 -- what every daemon imports sooner or later
from intake_daemon.command.app import app
from intake_daemon.command.configuration import Configuration
from intake_daemon.errors import BadSettings
from tests.services.once import clients_once, commands_once, digest, load_once, schema_once

_HEAVY = {"telegram": "connectors.telegram.client", "desk_bot": "connectors.desk_bot.line"}
"""What connectors import when they start and not sooner; the parent does, once it has read of such a connector."""


def _live(order: Mapping[str, Any]) -> int:
    """In the child: the command, as an operator typed it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 1)
    os.dup2(os.open(order["errors"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 2)
    random.seed()
    for named, said in order["before"]:
        module, _, name = named.partition(":")
        getattr(import_module(module), name)(**said)
    sys.argv = ["intake", *order["words"]]
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)  # noqa: T201 -- as the interpreter would
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@functools.lru_cache(maxsize=32)
def _read(folder: Path, _files: str) -> Configuration | None:
    """By the parent; nothing where it is bad, for that the child tells."""
    try:
        read = configuration.read(folder)
    except BadSettings:
        return None
    for kind in {each.kind for each in read.settings.connectors.values()} & _HEAVY.keys():
        import_module(_HEAVY[kind])
    if read.settings.broker != "embedded":
        import_module("intake_daemon.broker.rabbitmq")
    if read.settings.store != "sqlite":
        import_module("psycopg")
    return read


def _given(known: Configuration | None, folder: Path) -> None:
    """In the child: the next reading of this folder is the parent's; later ones are the process's own."""
    real = configuration.read

    def read(place: Path, **more: Any) -> Configuration:  # noqa: ANN401 -- as the real one
        configuration.read = real
        same = known is not None and not more and place.resolve() == folder.resolve()
        return known if same and known is not None else real(place, **more)

    configuration.read = read  # type: ignore[assignment]


def _serve(place: str) -> None:
    load_once()
    schema_once()
    clients_once()
    commands_once()
    typer.main.get_command(app)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes the dead away
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{place}.new")
        door.listen()
        Path(f"{place}.new").rename(place)
        while True:
            line, _ = door.accept()
            with line:
                order = json.loads(line.makefile().readline())
                os.environ.clear()
                os.environ.update(order["env"])
                folder = Path(order["config"])
                known = _read(folder, digest(folder))
                child = os.fork()
                if not child:
                    os.setpgid(0, 0)
                    door.close()
                    line.close()
                    _given(known, folder)
                    _end(order, _lived(order))
                with contextlib.suppress(ProcessLookupError):
                    os.setpgid(child, child)
                line.sendall(f"{child}\n".encode())


def _lived(order: Mapping[str, Any]) -> int:
    try:
        return _live(order)
    except BaseException:  # noqa: BLE001 -- the interpreter's last word, and no way back into the parent's loop
        traceback.print_exc()
        return 1


def _end(order: Mapping[str, Any], code: int) -> None:
    """As the interpreter ends, but without the parent's `atexit`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if "status" in order:
        Path(order["status"]).write_text(str(code), encoding="utf-8")
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
