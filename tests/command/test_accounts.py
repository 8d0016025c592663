"""What came in and what became of it, what is missing, and what is parked, as the command tells it."""

from __future__ import annotations

from tests.command.conftest import Shop


def test_the_balance_of_a_day_and_its_lists(shop: Shop) -> None:
    """A line for each door and day; each number as a list; what cannot be is told with what can."""
    shop.settled(4)
    said = shop.ask("status", "--day", "today", "--door", "smtp-in")
    assert said.status == 0, said
    assert said.out.split()[:2] == ["day", "door"]
    assert "form" not in said.out
    (line,) = shop.ask("status", "--days", "1", "--door", "smtp-in", "--json").json["lines"]
    listed = shop.ask("status", "--list", "machine", "--json").json["listed"]
    assert len(listed) == line["machine"] >= 1
    assert listed[0]["id"] in shop.ask("status", "--list", "machine").out
    assert "none on" in shop.ask("status", "--list", "unaccounted").out
    for wrong, words in ((("--list", "lost"), "aside"), (("--day", "soon"), "2026-11-30")):
        refused = shop.ask("status", *wrong)
        assert refused.status == 1
        assert words in refused.err


def test_nothing_is_missing(shop: Shop) -> None:
    """Every door says whether it can be asked; a sound house has nothing missing, and exits with 0; an unknown door is
    told with those that there are."""
    said = shop.ask("reconcile")
    assert said.status == 0, said
    assert "nothing is missing" in said.out
    assert "smtp-in" in said.out
    assert "cannot be asked" in said.out
    found = shop.ask("reconcile", "--door", "smtp-in", "--since", "2026-11-01", "--json").json
    assert (found["missing"], found["doors"][0]["state"]) == ([], "cannot_be_asked")
    refused = shop.ask("reconcile", "--door", "postbox")
    assert refused.status == 1
    assert "smtp-in" in refused.err
    assert "hash" in shop.ask("reconcile", "--bring", "0" * 64).err


def test_nothing_of_a_kind_is_parked(shop: Shop) -> None:
    """Who sends back all of a kind that is not there is told so; who names nothing is told what may be named."""
    assert "nothing" in shop.ask("parked retry", "--door", "postbox", "--day", "2020-01-01").out
    refused = shop.ask("parked retry")
    assert refused.status == 1
    assert "--door" in refused.err
    assert "nothing is parked" in shop.ask("parked list", "--door", "postbox").out
