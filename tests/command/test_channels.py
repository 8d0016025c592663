"""docs/channels.md: every connector is on it with what it can do, what it promises, and what it was tried against."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from intake_daemon.command.schema.channels import channels, manual, tried
from intake_daemon.command.schema.pages import ours
from intake_daemon.contract import Can, Connector


@functools.cache
def kinds() -> Mapping[str, type[Connector]]:
    """All of ours."""
    return dict(ours())


@functools.cache
def page() -> str:
    """As it is generated."""
    return channels("*made*", kinds())


@functools.cache
def rows() -> Mapping[str, list[str]]:
    """Of the table of promises, by kind."""
    table = page().partition("## What each promises")[2].partition("**Every")[0]
    lines = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    return {line[1].strip().strip("`"): [cell.strip() for cell in line[2:-1]] for line in lines}


def test_every_kind_is_there() -> None:
    """With its manual, and a word on what it was tried against."""
    for kind, found in kinds().items():
        assert f"## {kind}\n" in page()
        assert len(manual(found)) > 300, kind
        assert tried(found), f"the manual of {kind} needs a sentence that begins with Tried"


def test_what_it_says_that_it_can_is_promised() -> None:
    """Who brings contacts or answers is held to those promises; only the desk's bot, for staff, has none."""
    for kind, found in kinds().items():
        brings, *_, answers = rows()[kind]
        assert (answers == "yes") == bool(found.can & {Can.REPLY, Can.SEND}), kind
        assert brings == "yes" or kind in {"mail", "desk_bot"}, kind


def test_the_promises_are_told() -> None:
    """In the words of their tests."""
    assert "- Delivered again it has the same id and is no second contact; another item is.\n" in page()
