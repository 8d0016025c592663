"""Canaries by the doors to which a provider posts: as it would sign and write, and from nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from connectors import meta, telegram, twilio
from connectors.meta.canary import headers as meta_headers
from connectors.meta.canary import post
from connectors.telegram.canary import headers as telegram_headers
from connectors.telegram.canary import update
from connectors.twilio.canary import form, signed
from connectors.twilio.messages import place
from intake_daemon import canary, journal
from intake_daemon.command import office
from intake_daemon.command.building import build
from intake_daemon.command.house import House
from intake_daemon.contract import NOBODY, Canary, Draft, Raw
from intake_daemon.memory.tables import cursors
from router.ledger import balance
from tests.acceptance.conftest import arranged, fakes
from tests.acceptance.town import Accounts, Fakes, accounts, door, with_doors
from tests.canary.test_desk import ID, SAID, rows
from tests.canary.test_house import aviary_of, metric, said, when
from tests.desk.letters import NOON
from tests.promises import until
from tests.promises.way import overheard

__all__ = ["fakes"]  # a fixture of the acceptance rows

DOORS = {"meta": "app_secret", "sms": "auth_token", "telegram": "secret"}
"""Which secret each is signed with."""
PUBLIC = "https://intake.welzo.example"
ONE = Canary(ID, "welzo", canary.SUBJECT, SAID, canary.NOWHERE, "http://127.0.0.1:1", 1)


@pytest.fixture
def company(fakes: Fakes) -> Accounts:
    """Accounts with the three."""
    return accounts(fakes, telegrams=True)


@pytest.fixture
async def house(tmp_path: Path, company: Accounts) -> AsyncIterator[House]:
    """With a door for each provider, of one brand; a Twilio that knows us by another address."""
    doors = company.doors()
    app, number = company.apps["welzo"], "+442079460001"
    one = {"pages": {app.page: "welzo"}, "instagram": {app.instagram: "welzo"}}
    texting = {"numbers": {number: "welzo", f"whatsapp:{number}": "welzo"}, "base_url": PUBLIC}
    bot = {"mode": "webhook", "secret": "what-telegram-says", "url": f"{PUBLIC}/hooks/telegram"}
    settings = {
        "meta": door(**{**doors["meta"], "whatsapp": {app.phone: "welzo"}, "tokens": {}, "token": app.token, **one}),
        "sms": door(**{**doors["sms"], **texting}),
        "telegram": door(**{**doors["telegram-welzo"], **bot}),
    }
    built = await build(with_doors(arranged(tmp_path / "var"), settings), routes=office.routes)
    await built.run()
    yield built
    await built.close()


async def kept(house: House) -> dict[str, Any]:
    """All cursors but when sources answered, and which reports were issued."""
    others = cursors.c.name.like("%/answered") | cursors.c.name.like("report %")
    query = sa.select(cursors.c.name, cursors.c.place).where(~others)
    found = await house.store.read(lambda connection: connection.execute(query).all())
    return {row.name: row.place for row in found}


def counted() -> dict[tuple[str, str, str], float]:
    """What came and what left by these doors, as alerts see it."""
    return {
        (each.labels["event"], each.labels["where"], each.labels["what"]): each.value
        for family in journal.REGISTRY.collect()
        for each in family.samples
        if each.name == "intake_events_total" and each.labels["where"] in DOORS
        if each.labels["event"] in {"held", "notice"}
    }


async def test_through_each_providers_door_and_a_wrong_secret(house: House, company: Accounts) -> None:
    """A canary goes in by the webhooks of Meta (each of its three), Twilio (both ways) and Telegram, and its letter
    ends before the wire: no account was asked to send. No case, no cursor, no memory of anybody is left. Where the
    secret is another, the door is told to be silent within the hour, with what it answered. That Twilio's list was
    read, too, everybody sees."""
    await until(lambda: house.connectors["telegram"]._client is not None, "it has begun")  # type: ignore[attr-defined]
    await until(lambda: company.bots["welzo"].calls("setWebhook"), "Telegram knows us")
    before, counted_before = await kept(house), counted()
    with overheard() as told:
        aviary = aviary_of(house, doors=sorted(DOORS))
        assert {each.name for each in aviary.doors} == set(DOORS)
        for turn in range(3):
            now = turn * 1800.0
            await aviary.look(now)
            await when(aviary, lambda: not any(each.out for each in aviary.doors), now)
        for table in ("cases", "events", "aliases", "signs", "holdings", "correspondents", "gatherings", "outbox"):
            assert await rows(house.ledger, table) == 0, table
        today = house.now().date()
        lines = await house.store.read(lambda connection: balance.lines(connection, (today,)))
        assert {line["door"]: (line["in"], line["canaries"]) for line in lines} == dict.fromkeys(DOORS, (0, 3))
        assert await kept(house) == before
        new = {which: many - counted_before.get(which, 0) for which, many in counted().items()}
        expected = {(event, name, "canary"): 3 for name in DOORS for event in ("held", "notice")}
        assert {which: many for which, many in new.items() if many} == expected
        assert said(told, "notice")
        assert {line["code"] for line in said(told, "notice")} == {canary.PURPOSE}
        for name, secret in DOORS.items():
            connector: Any = house.connectors[name]
            connector._settings = connector._settings.model_copy(update={secret: "another-than-this-one"})
        for now in (5400.0, 5401.0, 6302.0):
            await aviary.look(now)
            await when(aviary, lambda: all(each.codes for each in aviary.doors), now)
        silent = {line["door"]: (line["code"], line["seconds"] < 3600) for line in said(told, "canary_silent")}
        assert silent == {"meta": ("http_403", True), "sms": ("http_403", True), "telegram": ("http_401", True)}
        assert all(metric("intake_canary_silent", name) == 1 for name in DOORS)
    house.sources._next = 0
    await house.watch.look()
    answered = journal.REGISTRY.get_sample_value("intake_answered_timestamp_seconds", {"source": "sms"})
    assert answered is not None
    assert abs(answered - house.now().timestamp()) < 3600
    condition = await office._condition(house)
    assert "sms" in condition["answered"]
    assert condition["asked_every"]["sms"] > 0
    assert [company.texting.seen()["sent"], company.apps["welzo"].seen()["sent"]] == [[], []]
    assert company.bots["welzo"].texts() == []


def payloads() -> dict[str, Draft]:
    """What each connector reads of it."""
    texts = {way: signed(form(ONE, "AC1", place(f"{way}+442079460001")), "t", PUBLIC)[0] for way in ("", "whatsapp:")}
    found = {
        "telegram": telegram.parse(Raw(update(ONE, NOON), "welzo", "application/json")),
        "sms": twilio.parse(Raw(texts[""], "welzo", "application/x-www-form-urlencoded")),
        "sms whatsapp": twilio.parse(Raw(texts["whatsapp:"], "welzo", "application/x-www-form-urlencoded")),
        "whatsapp": meta.parse(Raw(post(ONE, "whatsapp", "106", NOON), "welzo", "application/json")),
        "messenger": meta.parse(Raw(post(ONE, "messenger", "206", NOON), "welzo", "application/json")),
        "instagram": meta.parse(Raw(post(ONE, "instagram", "306", NOON), "welzo", "application/json")),
    }
    assert {name: len(drafts) for name, drafts in found.items()} == dict.fromkeys(found, 1)
    return {name: draft for name, (draft,) in found.items()}


def test_it_comes_from_nobody() -> None:
    """Whoever reads the payloads finds the sentence, and an address at which there is nobody to be answered."""
    for name, draft in payloads().items():
        assert draft.text == SAID, name
        assert draft.reply_address is not None, name
        assert draft.reply_address.value == NOBODY[draft.reply_address.kind], name
        assert {each.value for each in draft.sender.addresses} <= set(NOBODY.values()), name
        assert (draft.sender.name, dict(draft.fields), draft.remarks, draft.automatic.kind) == (None, {}, (), "no"), (
            name
        )


def test_it_is_signed_as_the_provider_signs() -> None:
    """Twilio's own library takes the signature; the recorded posts of Meta and Telegram are verified the same way. Of
    another secret, or for another address of ours, it is none."""
    fields = form(ONE, "AC1", place("+442079460001"))
    _, beside = signed(fields, "token", f"{PUBLIC}/hooks/sms")
    judge = RequestValidator("token")
    assert judge.validate(f"{PUBLIC}/hooks/sms", dict(fields), beside["x-twilio-signature"])
    assert not judge.validate("https://elsewhere.example/hooks/sms", dict(fields), beside["x-twilio-signature"])
    body = post(ONE, "whatsapp", "106", NOON)
    assert meta.verified("secret", "", meta_headers("secret", body), body) is None
    assert meta.verified("another", "", meta_headers("secret", body), body) is not None
    assert telegram.verified("s" * 16, "", telegram_headers("s" * 16), b"") is None
    assert telegram.verified("t" * 16, "", telegram_headers("s" * 16), b"") is not None
