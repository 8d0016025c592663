"""What stands for a whole run: the providers, the ways; servers when the first `several` asks.

`make` gives what builds an installation of a kind. What is not installed is said by name, and never drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.doors import Fakes
from tests.faults.installation import House, One, Several
from tests.faults.proxy import Ways
from tests.faults.scenario import DOORS, Door
from tests.faults.servers import Servers, missing, own
from tests.faults.trouble import Kind
from tests.services.dovecot import PROGRAM, Dovecot


class Grounds:
    """For all installations of a run."""

    def __init__(self, home: Path, servers: Servers | None = None, *, mailboxes: bool = False) -> None:
        """`servers`: already running, or of a staging set-up; without them own ones are started when first needed.
        `mailboxes`: a Dovecot too, where one is installed."""
        self.home = home
        self.ways = Ways()
        self._dovecot = Dovecot(home / "dovecot") if mailboxes and Path(PROGRAM).exists() else None
        self._servers: dict[Kind, Servers] = {"several": servers} if servers is not None else {}
        self._given = servers
        self._stack = contextlib.ExitStack()

    @contextmanager
    def standing(self) -> Iterator[Grounds]:
        """As long as it is used."""
        with self._stack:
            self.fakes = self._stack.enter_context(Fakes.standing(self.home, self._dovecot))
            if self._dovecot is not None:
                self._dovecot.start()
                self._stack.callback(self._dovecot.kill)
            self.ways.start()
            self._stack.callback(self.ways.end)
            yield self

    @property
    def doors(self) -> Sequence[Door]:
        """Those that can be opened here."""
        return DOORS if self._dovecot is None else (*DOORS, "imap")

    def lacks(self) -> str:
        """The first server that is not installed, or nothing: then only one machine can be built."""
        return "" if self._given is not None else missing()

    @property
    def own(self) -> bool:
        """Whether the servers may be broken."""
        return self._given is None or self._given.own

    def build(self, kind: Kind, home: Path, *, mail: int, connectors: Mapping[str, Any], mistake: str = "") -> House:
        """An installation in this folder."""
        more: dict[str, Any] = {"mail": mail, "connectors": connectors, "mistake": mistake}
        if kind == "one":
            return One(home, self.ways, **more)
        if kind not in self._servers:
            folder = self.home / f"servers-{kind}"
            folder.mkdir()
            self._servers[kind] = self._stack.enter_context(own(folder, cluster=kind == "cluster"))
        return Several(home, self.ways, self._servers[kind], **more)

    def make(self, kind: Kind, mistake: str = "") -> Any:  # noqa: ANN401 -- a partial, used as rig.Build
        """What builds one of a kind."""
        return partial(self.build, kind, mistake=mistake)
