"""What connectors promise that bring contacts."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake_daemon import journal
from intake_daemon.contract import Draft, Raw
from tests.promises.named import Named
from tests.promises.way import Item, Way, overheard, stop, until

TEXTS = (
    "Mənim sifarişim gəlmədi. Где мой заказ? Nie działa! Não funciona. 投诉 🙁👍🏽",
    "\u202eright to left\u202c e\u0301 \N{ZERO WIDTH JOINER} \ufffd",
    "'; DROP TABLE cases; -- <script>alert(1)</script> {{7*7}} ${HOME} %s %n",
    "=cmd|' /C calc'!A0",
    "a\nb\n\n.\n..\nQUIT",
)


class Brings(Named):
    """Every connector that brings contacts."""

    media_type: ClassVar[str] = "application/json"
    """What its originals are."""
    huge: ClassVar[int] = 200_000
    """Characters of a text that it must take."""
    provider_time: ClassVar[bool] = False
    """Whether the provider states a time that the customer does not control."""

    def reads(self, raw: Raw) -> list[Draft]:
        """The connector's `parse`."""
        raise NotImplementedError

    async def test_held_before_confirmed(self, way: Way) -> None:
        """The source hears "received" only after the door has it. One that is asked is seen to have answered."""
        way.door.gate = asyncio.Event()
        telling = asyncio.ensure_future(way.deliver(Item()))
        await until(lambda: way.door.waiting, "it is being held", way.running)
        await asyncio.sleep(0.05)  # if it confirmed too early, it would be now
        assert not telling.done()
        assert not way.door.held
        way.door.gate.set()
        assert await telling == "held"
        assert len(way.door.held) == 1
        asks = way.door.lease.locked  # by one process at a time
        await until(lambda: way.door.answers or not asks(), "its source has answered", way.running)

    @pytest.mark.row("AT-X12", level="connector")
    async def test_asked_to_come_again_when_it_is_not_held(self, way: Way) -> None:
        """While nothing can be held the source is not told that it was; what comes again is taken."""
        way.door.away = True
        assert await way.deliver(Item()) == "again"
        assert not way.door.held
        way.door.away = False
        assert await way.deliver(Item()) == "held"
        assert len(way.door.held) == 1

    @pytest.mark.row("AT-X02", level="connector")
    async def test_the_same_item_twice_is_one_contact(self, way: Way) -> None:
        """Delivered again it has the same id and is no second contact; another item is."""
        assert await way.deliver(Item()) == "held"
        assert await way.deliver(Item()) == "held"
        assert len(way.door.held) == 1
        assert await way.deliver(Item("2", "Another thing.")) == "held"
        assert len(way.door.held) == 2

    async def test_the_original_is_kept(self, way: Way) -> None:
        """What goes into the vault has what was sent, and its text is the message's."""
        item = Item(text="Parcel 4711 came open.")
        assert await way.deliver(item) == "held"
        assert way.original(item) in way.door.raws[0].content
        assert item.text in next(iter(way.door.held.values())).message.text

    async def test_whose_time_it_is(self, way: Way) -> None:
        """The provider's time is kept where the customer does not control it; elsewhere none is claimed."""
        item = Item()
        assert await way.deliver(item) == "held"
        assert way.door.raws[0].contact_at == (item.at if self.provider_time else None)

    @pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
    async def test_any_words(self, way: Way, text: str) -> None:
        """Whatever script and whatever looks like an order to a machine arrives as it was written."""
        item = Item(text=text)
        assert await way.deliver(item) == "held"
        (held,) = way.door.held.values()
        assert way.carried(item) in held.message.text.replace("\r\n", "\n")

    async def test_a_huge_text(self, way: Way) -> None:
        """A very long text is one contact, all of it."""
        item = Item(text="Nothing works. " * (self.huge // 15))
        assert await way.deliver(item) == "held"
        (held,) = way.door.held.values()
        assert held.message.text.count("Nothing works.") == self.huge // 15

    async def test_nothing_personal_and_no_secret_is_told(self, way: Way) -> None:
        """Through success and outage neither words nor addresses nor secrets are logged or told as a reason."""
        with overheard() as told:
            journal.refused("way", "begun")
            await way.deliver(Item(text="Wombat 5550123"))
            way.door.away = True
            await way.deliver(Item("2", "Wombat 5550123"))
        said = told.getvalue() + " ".join(way.door.refusals) + " ".join(reason for _, reason in way.door.parked)
        assert "begun" in said
        assert not [word for word in ("Wombat", "5550123", *way.planted, *self.secrets) if word in said]

    async def test_cancelled_while_holding(self, way: Way) -> None:
        """Stopped in the middle of holding it ends soon; the source hears "held" only if it was."""
        way.door.gate = asyncio.Event()
        telling = asyncio.ensure_future(way.deliver(Item()))
        await until(lambda: way.door.waiting, "it is being held", way.running)
        await stop(way.running)
        assert not way.door.held
        way.door.gate.set()
        done, _ = await asyncio.wait([telling], timeout=5)
        if done and not telling.exception():
            assert (telling.result() == "held") == bool(way.door.held)
        else:  # nobody answers any more: that is no confirmation
            telling.cancel()
            await asyncio.wait([telling])

    @settings(suppress_health_check=[HealthCheck.differing_executors])  # inherited: every connector executes it
    @given(content=st.binary(max_size=400))
    def test_any_bytes_can_be_read(self, content: bytes) -> None:
        """`parse` makes something of any bytes, the same each time, and never raises."""
        raw = Raw(content, "welzo", self.media_type)
        assert self.reads(raw) == self.reads(raw)
