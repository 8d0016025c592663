"""How `make test` shares the suite among its workers (pytest-xdist, `--dist loadscope`): by what a test needs.

Tests of one group go to one worker: all that need RabbitMQ, all that share a package's fixture, otherwise those of one
file; so nothing is started twice. Groups are given out in the order of their first tests.

    the process that shares    Sharing: names a file, later reads the groups from it; then runs the nursery of all
    the workers                collect; the first one writes the groups there (`tell`)

xdist's own groups (`--dist loadgroup`) travel inside a test's node id, which pytest from 9.2 on does not let it change.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.services.nursery import Nursery
from tests.services.place import NURSERY, WORKER

KEY = "groups"


def tell(config: pytest.Config, groups: Mapping[str, str]) -> None:
    """In the first worker: the group of each test, by node id, for who shares them. Elsewhere nothing."""
    said = getattr(config, "workerinput", {})
    if KEY in said and os.environ.get(WORKER) == "gw0":
        Path(said[KEY]).write_text(json.dumps(dict(groups)), encoding="utf-8")


class Sharing:
    """A plugin of the process that shares. Workers, which have no `--dist`, have none of it."""

    def __init__(self) -> None:
        self._ends = contextlib.ExitStack()
        self._folder = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="intake-suite-")))
        self._file = self._folder / "groups.json"
        os.environ[NURSERY] = str(self._folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 -- xdist's own object
        """A worker hears where to write."""
        node.workerinput[KEY] = str(self._file)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:  # noqa: ANN401 -- xdist's own
        """The scheduler of scopes, with our groups for scopes."""
        from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

        scheduler = LoadScopeScheduling(config, log)
        scheduler._split_scope = lambda name: self._groups[name]
        return scheduler

    @cached_property
    def _groups(self) -> dict[str, str]:
        # asked for only when all workers have collected: until then two cores have enough to do
        nursery = Nursery(self._folder)
        nursery.start()
        self._ends.callback(nursery.end)
        groups: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        return groups

    def pytest_unconfigure(self) -> None:
        """Nothing stays behind."""
        del os.environ[NURSERY]
        self._ends.close()
