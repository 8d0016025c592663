"""Networks that let a business speak in its own words for a day only: WhatsApp, through Meta's own door and against a
Meta of our own on the wire (tests/fakes/meta)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.meta import Meta, MetaSettings
from intake_daemon.command.building import build
from intake_daemon.command.office import routes
from router.case import Case
from tests.acceptance.conftest import arranged
from tests.acceptance.office import Clock, Office
from tests.acceptance.windows import Window, with_windows
from tests.fakes.meta import FakeApp, FakeMeta
from tests.meta.payloads import Json, status, text, value, whatsapp

THEIRS = "994501234567"
WORDS = "Noutbuk bir həftəyə sındı, mağaza isə pulu qaytarmır. Xahiş edirəm, kömək edin."


@pytest.fixture(scope="module")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeMeta]:
    """A Meta of our own."""
    fake = FakeMeta(tmp_path_factory.mktemp("meta") / "log")
    fake.start()
    yield fake
    fake.kill()


@dataclass
class Network:
    """An office with a WhatsApp number of Kontakt's, and a text message as the next way to a telephone."""

    office: Office
    app: FakeApp

    @property
    def sent(self) -> list[Json]:
        """What Meta was asked to send."""
        found: list[Json] = self.app.seen()["sent"]
        return found

    @property
    def texted(self) -> list[tuple[str, str]]:
        """The text messages, by whom and which words."""
        window = self.office.house.connectors["sms"]
        assert isinstance(window, Window)
        return [(each.to.value, each.text) for each in window.shown]

    async def post(self, body: Json) -> None:
        """A webhook of Meta's, and what follows of it when they have said all."""
        assert self.office.house.web is not None
        url = f"{self.office.house.web.url('public')}/hooks/wa"
        assert await asyncio.to_thread(self.app.deliver, url, body) == [200]
        await self.office.settled()
        await self.office.at(self.office.clock.now + timedelta(minutes=1))

    async def complaint(self) -> Case:
        """A customer complains by WhatsApp, now."""
        at = int(self.office.clock.now.timestamp())
        await self.post(whatsapp(value(text(body=WORDS, sender=THEIRS, at=at), phone=self.app.phone)))
        (case,) = await self.office.cases()
        return case

    async def a_day_and_an_hour_later(self, case: Case) -> None:
        """25 hours after the customer's last message the handler says how it stands."""
        self.office.clock.now += timedelta(hours=25)
        await self.office.do(case, "progress", case.handler or "", text="Ehtiyat hissəsini gözləyirik.")

    async def types(self, case: Case) -> list[str]:
        """What happened to the case."""
        return await self.office.types(case)


@asynccontextmanager
async def network(
    meta: FakeMeta,
    var: Path,
    *,
    texting: bool = True,
    **more: Any,  # noqa: ANN401 -- settings
) -> AsyncIterator[Network]:
    """It runs for the length of the block. `texting`: whether telephones are sent to at all."""
    app, clock = meta.app(), Clock()
    plain = {"kind": "meta", "app_secret": app.secret, "verify_token": "typed-there", "token": app.token}
    told = MetaSettings.model_validate(plain | {"whatsapp": {app.phone: "kontakt"}, "api_url": meta.url} | more)
    read = with_windows(arranged(var), "sms")
    settings = read.settings.model_copy(update={"connectors": {**read.settings.connectors, "wa": told}})
    ways = {**read.rules.outgoing["kontakt"], **({"phone": "sms"} if texting else {})}
    outgoing = {**read.rules.outgoing, "kontakt": ways}
    rules = replace(read.rules, replying=read.rules.replying | {"wa"}, outgoing=outgoing)
    read = replace(read, settings=settings, connectors={**read.connectors, "wa": Meta}, rules=rules)
    house = await build(read, routes=routes, now=clock)
    await house.run()
    try:
        yield Network(Office(house, clock, var / "outbox"), app)
    finally:
        await house.close()


@pytest.mark.row("AT-X11")
async def test_a_day_later_by_template(meta: FakeMeta, tmp_path: Path) -> None:
    """AT-X11: within the day in our own words, 25 hours after the customer's last message by the approved template,
    which names the reference; Meta's news that it was delivered stands in the case."""
    async with network(meta, tmp_path / "var", templates={"*.az": "news_of_complaint"}) as there:
        case = await there.complaint()
        (acknowledged,) = there.sent
        assert case.reference in acknowledged["text"]["body"]
        assert acknowledged["to"] == THEIRS
        await there.a_day_and_an_hour_later(case)
        said = there.sent[-1]
        assert said["template"]["name"] == "news_of_complaint"
        (body,) = said["template"]["components"]
        assert case.reference in [each["text"] for each in body["parameters"]]
        mark = said["biz_opaque_callback_data"]
        await there.post(whatsapp(value(statuses=[status(said["id"], "read", mark)], phone=there.app.phone)))
        assert (await there.types(case))[-1] == "notice.delivered"
        assert not there.texted


@pytest.mark.row("AT-X11")
async def test_a_day_later_without_a_template(meta: FakeMeta, tmp_path: Path) -> None:
    """AT-X11: no template: the same words go to the customer's next address, the failure stands in the case with its
    reason, and the handler hears of it. So it is when Meta says so only afterwards."""
    async with network(meta, tmp_path / "var") as there:
        case = await there.complaint()
        staff = len(there.office.to_staff())
        await there.a_day_and_an_hour_later(case)
        assert len(there.sent) == 1, "nothing was tried that could not arrive"
        failed = [each.data for each in await there.office.events(case) if each.type == "notice.failed"]
        assert [each["code"] for each in failed] == ["window_closed"]
        ((number, words),) = there.texted
        assert number == f"+{THEIRS}"
        assert "Ehtiyat hissəsini gözləyirik." in words
        assert len(there.office.to_staff()) > staff, "the handler hears of it"

        at = int(there.office.clock.now.timestamp())
        body = value(text("wamid.2", "Bəs nə vaxt?", sender=THEIRS, at=at), phone=there.app.phone)
        await there.post(whatsapp(body))
        await there.office.do(case, "progress", case.handler or "", text="Sabah hazır olacaq.")
        said = there.sent[-1]
        assert "Sabah hazır olacaq." in said["text"]["body"], "the customer has opened the window again"
        late = status(said["id"], "failed", said["biz_opaque_callback_data"], 131047)
        await there.post(whatsapp(value(statuses=[late], phone=there.app.phone)))
        assert "Sabah hazır olacaq." in there.texted[-1][1]


@pytest.mark.row("AT-X11")
async def test_a_day_later_with_no_way_left(meta: FakeMeta, tmp_path: Path) -> None:
    """AT-X11: no template and no other address: the failure stands in the case, and finding a way is a task."""
    async with network(meta, tmp_path / "var", texting=False) as there:
        case = await there.complaint()
        await there.a_day_and_an_hour_later(case)
        assert (await there.types(case)).count("notice.failed") == 1
        assert [task.kind for task in (await there.office.case(case)).tasks] == ["unreachable"]
        assert len(there.sent) == 1
        assert not there.texted
