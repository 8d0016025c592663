"""The office of the acceptance rows, and the town around it. How a test names its row, and the table: table.py."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.acceptance.arranging import arranged
from tests.acceptance.office import Office, office_of
from tests.acceptance.town import Fakes, Town, accounts, town_in

__all__ = ["arranged"]

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it


@pytest.fixture(autouse=True)
def journal() -> None:
    """It is written where a test looks, whatever an earlier one of this process has set."""
    structlog.reset_defaults()


@pytest.fixture
def var() -> Iterator[Path]:
    """Where a house keeps its things: in memory where that can be had, since no row is about the disk."""
    memory = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="intake-") as made:
        yield Path(made) / "var"


@pytest.fixture(scope="session")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fakes]:
    """The providers of our own."""
    found = Fakes(tmp_path_factory.mktemp("fakes"))
    yield found
    found.kill()


@pytest.fixture
async def town(var: Path, fakes: Fakes) -> AsyncIterator[Town]:
    """An office to which every way leads but Telegram's."""
    async with town_in(var, accounts(fakes)) as found:
        yield found


@pytest.fixture
async def office(var: Path) -> AsyncIterator[Office]:
    """A house with its doors open, and a clock that stands still until it is moved."""
    async with office_of(arranged(var)) as found:
        yield found
