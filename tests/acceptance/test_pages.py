"""The customers' pages: how a complaint stands, and the question after its end; through the public door."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from router.ledger import codes
from router.pages import status
from router.pages.survey import Survey
from tests.acceptance.office import Office

WORDS = "The parcel never came and nobody answers the telephone. I want my money back."


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The even time is shorter here; that there is one is the page's own."""
    monkeypatch.setattr(status, "FLOOR", 0.05)


def said(page: str) -> str:
    """A page's words."""
    main = LexborHTMLParser(page).css_first("main")
    assert main is not None
    return " ".join(main.text(separator=" ").split())


def code_in(mail: EmailMessage) -> str:
    """The code of a letter."""
    (found,) = re.findall(r"^ {4}(\d{3} \d{3})$", mail.get_content(), re.MULTILINE)
    return str(found)


async def test_how_it_stands_by_a_code(office: Office) -> None:
    """K-19: the reference, as people type it, and the code from the letter to the case's own address show how it stands
    with the next date, in any language; the code opens it once, and the record says that the customer asked."""
    case = await office.mail(WORDS)
    assert case is not None
    asked, page = await office.posted("/status", reference=case.reference.lower().replace("-", " "))
    assert asked == HTTPStatus.OK
    assert case.reference not in page
    letter = office.told()[-1]
    assert "code" in letter["Subject"]
    code = code_in(letter)
    shown, page = await office.posted("/status", reference=case.reference, code=code, lang="lv")
    assert shown == HTTPStatus.OK
    words = said(page)
    assert case.reference in words
    assert "Sazināsimies ar Jums līdz piektdienai, 2026. gada 4. decembrim" in words
    again, page = await office.posted("/status", reference=case.reference, code=code, lang="lv")
    assert again == HTTPStatus.FORBIDDEN
    types = await office.types(case)
    assert (types.count("status.asked"), types.count("status.told")) == (1, 1)


async def test_one_answer_for_wrong_unknown_and_erased(office: Office) -> None:
    """Wrong, unknown and erased have one answer, to the reference and to the code; only the customer's own address gets
    a code, and few of them; five wrong attempts use a code up, and a quarter of an hour does."""
    case = await office.mail(WORDS)
    gone = await office.mail(WORDS, sender="bo@customer.example")
    assert case is not None
    assert gone is not None
    assert (await office.do(gone, "erase", "ops")).disposition == "done"
    letters = len(office.told("bo@customer.example"))
    unknown = case.reference[:-1] + ("0" if case.reference[-1] != "0" else "1")
    pages = set()
    for reference in (case.reference, gone.reference, unknown, "hello"):
        answered, page = await office.posted("/status", reference=reference)
        pages.add((answered, page.replace(reference, "")))
        answered, page = await office.posted("/status", reference=reference, code="000 0001")
        pages.add((answered, page.replace(reference, "")))
    assert len(pages) == len(("to the reference", "to the code"))
    assert len(office.told("bo@customer.example")) == letters
    code = code_in(office.told()[-1])
    for _ in range(codes.TRIES - 1):
        await office.posted("/status", reference=case.reference, code="1")
    assert (await office.posted("/status", reference=case.reference, code=code))[0] == HTTPStatus.FORBIDDEN
    for _ in range(4):
        await office.posted("/status", reference=case.reference)
    sent = [letter for letter in office.told() if "code" in letter["Subject"]]
    assert len(sent) == codes.HOURLY
    office.clock.now += timedelta(minutes=codes.MINUTES, seconds=1)
    late = await office.posted("/status", reference=case.reference, code=code_in(sent[-1]))
    assert late[0] == HTTPStatus.FORBIDDEN


async def test_the_page_in_every_language(office: Office) -> None:
    """Every language that a brand offers can be chosen, none has a word of ours left in it; too many attempts are told
    so, and what is not filled in is named."""
    texts = set()
    for language in ("en", "pt", "lv", "pl", "ru", "az"):
        shown, page = await office.page(f"/status?lang={language}")
        assert shown == HTTPStatus.OK
        assert not re.search(r"status_|[{}]", said(page))
        texts.add(said(page))
    assert len(texts) == len(("en", "pt", "lv", "pl", "ru", "az"))
    assert (await office._asked("HEAD", "/status"))[0] == HTTPStatus.OK
    assert (await office.posted("/status", reference=" "))[0] == HTTPStatus.BAD_REQUEST
    assert (await office.posted("/status", reference="x", code=""))[0] == HTTPStatus.BAD_REQUEST
    found = [(await office.posted("/status", reference=""))[0] for _ in range(31)]
    assert found[0] == HTTPStatus.BAD_REQUEST
    assert found[-1] == HTTPStatus.TOO_MANY_REQUESTS


async def closed(office: Office, **who: Any) -> Any:  # noqa: ANN401 -- a case
    """A case of ASK4's that was answered and closed."""
    await office.form("ask4", description="The wifi in my room is down every evening.", **who)
    (case,) = await office.cases()
    handler = str(case.handler)
    answer = {
        "decision": "You are right.",
        "outcome": "upheld",
        "reasons": "An aerial was broken.",
        "actions_taken": "Replaced.",
        "next_step": "None.",
    }
    for command, data in (
        ("cause", {"cause": "equipment"}),
        ("progress", {"text": "We look for the cause."}),
        ("answer", answer),
        ("close", {}),
    ):
        done = await office.do(case, command, handler, **data)
        assert done.disposition == "done", done
    return case


async def test_the_question_after_the_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A-06: the letter's link opens one question; the last answer counts, on the page or by a mail with a number, and
    none of them opens the case again. A link that is not ours, or whose case is erased, opens nothing; an answer while
    it is erased is not thanked for."""
    case = await closed(office, email="ann@customer.example")
    letter = office.told()[-1]
    (link,) = re.findall(r"http://\S+/survey/\S+", letter.get_content())
    path = "/survey/" + link.rpartition("/")[2]
    shown, page = await office.page(link)
    assert shown == HTTPStatus.OK
    assert not re.search(r"survey_|checked", page)
    for mark in ("2", "4", "4", "9"):
        shown, page = await office.posted(path, mark=mark)
        assert shown == HTTPStatus.OK
    assert 'value="4" checked' in page
    tasks = len((await office.case(case)).tasks)
    subject, headers = f"Re: {letter['Subject']}", {"In-Reply-To": str(letter["Message-ID"])}
    await office.mail("5 - thank you", brand="ask4", subject=subject, headers=headers)
    answered = [each.data for each in await office.events(case) if each.type == "survey.answered"]
    marks = [(each["score"], each["by"]) for each in answered]
    assert marks == [(2, "link"), (4, "link"), (5, "reply")]
    now = await office.case(case)
    assert (now.state, len(now.tasks)) == ("closed", tasks)
    assert (await office.page(path[:-4] + "AAAA"))[0] == HTTPStatus.NOT_FOUND
    asked = Survey._asked

    async def meanwhile(page: Survey, link: str) -> Any:  # noqa: ANN401 -- what it finds
        found = await asked(page, link)
        assert (await office.do(case, "erase", "ops")).disposition == "done"
        return found

    with monkeypatch.context() as racing:
        racing.setattr(Survey, "_asked", meanwhile)
        assert (await office.posted(path, mark="1"))[0] == HTTPStatus.NOT_FOUND
    assert (await office.page(path))[0] == HTTPStatus.NOT_FOUND
