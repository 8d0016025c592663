"""One complaint by every channel of a company."""

from __future__ import annotations

from pathlib import Path

from intake_daemon.reference import find_references
from router.ledger import lives
from tests.acceptance.town import Fakes, accounts, town_in

WORDS = "Купил у вас телефон, через неделю экран погас, а в магазине отказались вернуть деньги."


async def test_in_russian_through_every_channel(var: Path, fakes: Fakes) -> None:
    """The same complaint to Kontakt in Russian, by each of its channels: a case each time, acknowledged on that
    channel, in Russian, with its own reference. A call is answered by text to the number that called, a letter and a
    shop form by mail where an address stands on them, and else by a letter that a colleague is asked to post."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        await town.mail(WORDS, brand="kontakt", sender="a@customer.example", subject="Жалоба", name="Айгюн Алиева")
        await town.form("kontakt", description=WORDS, name="Айгюн", email="b@customer.example", lang="ru")
        await town.chat.says(WORDS)
        await town.telegram.says(WORDS)
        await town.social.says(WORDS, on="whatsapp", who="994501110001")
        await town.social.says(WORDS, on="messenger", who="4243")
        await town.social.says(WORDS, on="instagram", who="ig-4244")
        await town.texts.says(WORDS, who="+994501110002")
        await town.texts.says(WORDS, who="whatsapp:+994501110003")
        await town.calls.says(WORDS, who="+994501110004")
        await town.papers.says(WORDS, brand="kontakt", name="Айгюн Алиева", email="c@customer.example")
        await town.papers.says(WORDS, brand="kontakt", channel="store", name="Айгюн", email="d@customer.example")
        posted = await town.papers.says(WORDS, brand="kontakt", name="Айгюн Алиева", address="Баку, ул. Низами, 10")
        await town.posts.says(WORDS, name="Айгюн", email="e@customer.example")
        await town.pause()
        told = {
            "mail": [each.get_content() for each in town.told("a@customer.example")],
            "form": [each.get_content() for each in town.told("b@customer.example")],
            "chat": town.chat.answers(),
            "telegram": town.telegram.answers(),
            "whatsapp": town.social.answers("994501110001"),
            "messenger": town.social.answers("4243"),
            "instagram": town.social.answers("ig-4244"),
            "sms": town.texts.answers("+994501110002"),
            "whatsapp by twilio": town.texts.answers("whatsapp:+994501110003"),
            "call": town.texts.answers("+994501110004"),
            "letter": [each.get_content() for each in town.told("c@customer.example")],
            "shop": [each.get_content() for each in town.told("d@customer.example")],
            "hook": [each.get_content() for each in town.told("e@customer.example")],
        }
        cases = {case.reference: case for case in await town.cases()}
        by_post = cases.pop(posted)
        assert len(cases) == len(told)
        detector = town.house.desk.rules.detector
        seen = set()
        for way, found in told.items():
            (words,) = found
            assert detector.detect(words).language == "ru", way
            (reference, *_) = find_references(("KON",), words)
            case = cases[reference]
            seen.add(reference)
            assert (case.language, case.contacts, case.acknowledged_at is not None) == ("ru", 1, True), way
        assert len(seen) == len(told)
        assert [task.kind for task in by_post.tasks] == ["letter"]
        assert by_post.language == "ru"
        assert (await town.house.store.read(lives.balance))["unaccounted"] == 0
