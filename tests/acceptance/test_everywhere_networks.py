"""Networks that let a business speak in its own words for a day only: WhatsApp, through Meta's own door."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.case import Case
from tests.acceptance.town import Fakes, Town, accounts, town_in
from tests.meta.payloads import status, value, whatsapp

THEIRS = "994501234567"
WORDS = "Noutbuk bir həftəyə sındı, mağaza isə pulu qaytarmır. Xahiş edirəm, kömək edin."


def sent(town: Town) -> list[dict[str, Any]]:
    """What Meta was asked to send."""
    found: list[dict[str, Any]] = town.social.apps["kontakt"].seen()["sent"]
    return found


async def told(town: Town, state: str, code: int = 0) -> None:
    """Meta's news of the last message that was sent, and what follows of it."""
    last = sent(town)[-1]
    news = status(last["id"], state, last["biz_opaque_callback_data"], code)
    await town.social.post(whatsapp(value(statuses=[news], phone=town.social.apps["kontakt"].phone)))
    await town.at(town.clock.now + timedelta(minutes=1))


async def complaint(town: Town) -> Case:
    """A customer complains by WhatsApp, now."""
    await town.social.says(WORDS, who=THEIRS)
    await town.at(town.clock.now + timedelta(minutes=1))
    (case,) = await town.cases()
    return case


async def a_day_and_an_hour_later(town: Town, case: Case) -> None:
    """25 hours after the customer's last message the handler says how it stands."""
    town.clock.now += timedelta(hours=25)
    await town.do(case, "progress", case.handler or "", text="Ehtiyat hissəsini gözləyirik.")


@pytest.mark.row("AT-X11")
async def test_a_day_later_by_template(var: Path, fakes: Fakes) -> None:
    """AT-X11: within the day in our own words, 25 hours after the customer's last message by the approved template,
    which names the reference; Meta's news that it was delivered stands in the case."""
    async with town_in(var, accounts(fakes), changed={"meta": {"templates": {"*.az": "news_of_complaint"}}}) as town:
        case = await complaint(town)
        (acknowledged,) = sent(town)
        assert case.reference in acknowledged["text"]["body"]
        assert acknowledged["to"] == THEIRS
        await a_day_and_an_hour_later(town, case)
        said = sent(town)[-1]
        assert said["template"]["name"] == "news_of_complaint"
        (body,) = said["template"]["components"]
        assert case.reference in [each["text"] for each in body["parameters"]]
        await told(town, "read")
        assert (await town.types(case))[-1] == "notice.delivered"
        assert town.texts.answers(f"+{THEIRS}") == []


@pytest.mark.row("AT-X11")
async def test_a_day_later_without_a_template(town: Town) -> None:
    """AT-X11: no template: the same words go to the customer's next address, the failure stands in the case with its
    reason, and the handler hears of it. So it is when Meta says so only afterwards."""
    case = await complaint(town)
    staff = len(town.to_staff())
    await a_day_and_an_hour_later(town, case)
    assert len(sent(town)) == 1, "nothing was tried that could not arrive"
    failed = [each.data for each in await town.events(case) if each.type == "notice.failed"]
    assert [each["code"] for each in failed] == ["window_closed"]
    (words,) = town.texts.answers(f"+{THEIRS}")
    assert "Ehtiyat hissəsini gözləyirik." in words
    assert len(town.to_staff()) > staff, "the handler hears of it"

    await town.social.says("Bəs nə vaxt?", who=THEIRS)
    await town.do(case, "progress", case.handler or "", text="Sabah hazır olacaq.")
    assert "Sabah hazır olacaq." in sent(town)[-1]["text"]["body"], "the customer has opened the window again"
    await told(town, "failed", 131047)
    assert "Sabah hazır olacaq." in town.texts.answers(f"+{THEIRS}")[-1]


@pytest.mark.row("AT-X11")
async def test_a_day_later_with_no_way_left(var: Path, fakes: Fakes) -> None:
    """AT-X11: no template and no other address: the failure stands in the case, and finding a way is a task."""
    async with town_in(var, accounts(fakes), texting=False) as town:
        case = await complaint(town)
        await a_day_and_an_hour_later(town, case)
        assert (await town.types(case)).count("notice.failed") == 1
        assert [task.kind for task in (await town.case(case)).tasks] == ["unreachable"]
        assert len(sent(town)) == 1
        assert town.texts.answers(f"+{THEIRS}") == []
