"""What holds of words on every way: references, who writes, what a stranger can make us say."""

from __future__ import annotations

import functools
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.checking import checked
from tests.acceptance.office import Office
from tests.acceptance.test_everywhere import WORDS
from tests.acceptance.test_welzo import ANSWER
from tests.config.reading import SHIPPED

ODR = "https://ec.europa.eu/consumers/odr"


@pytest.mark.row("AT-X16")
def test_no_letter_names_the_closed_platform(tmp_path: Path) -> None:
    """AT-X16: nothing that we send or publish links to the EU ODR platform, and a letter that does stops the start."""
    closed = re.compile(r"ec\.europa\.eu/\S*odr|webgate\.ec\.europa\.eu", re.IGNORECASE)
    files = [path for part in ("notices", "policies") for path in (SHIPPED / part).rglob("*") if path.is_file()]
    assert len(files) > 60
    assert [path.name for path in files if closed.search(path.read_text(encoding="utf-8"))] == []
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    letter = folder / "notices" / "lv" / "holding.txt"
    letter.write_text(letter.read_text(encoding="utf-8") + f"\n{ODR}\n", encoding="utf-8")
    status, told = checked(folder)
    (fault,) = told["faults"]
    assert (status, Path(fault["file"])) == (1, letter)
    assert letter.read_text(encoding="utf-8").splitlines()[fault["line"] - 1] == ODR
    assert "the EU's dispute platform is closed" in fault["problem"]


@pytest.mark.row("AT-X23")
@pytest.mark.parametrize(("brand", "stage"), [("welzo", 2), ("ask4", 2), ("kontakt", 1), ("logoscon", 1)])
async def test_after_the_end(office: Office, brand: str, stage: int) -> None:
    """AT-X23: a closed case stays as it is when the customer thanks; "broken again" opens the next stage where the
    policy has one, else a person decides whether it is taken up again."""
    case = await office.mail(WORDS, brand=brand)
    assert case
    handler = case.handler or ""
    if brand == "ask4":
        await office.do(case, "cause", handler, text="The price list was old.")
        await office.do(case, "progress", handler, text="We are looking.")
    outcome = await office.do(case, "answer", handler, **ANSWER)
    assert outcome.disposition == "done", outcome
    assert (await office.do(case, "close", handler)).disposition == "done"
    closed = await office.case(case)
    assert closed.state == "closed"
    thread = {"In-Reply-To": office.told()[-1]["Message-ID"]}
    office.clock.now += timedelta(hours=3)
    letters = len(office.told())
    again = await office.mail("Thank you very much!", brand=brand, subject="Re: Complaint", headers=thread)
    assert again
    now = await office.case(case)
    assert (again.id, now.state, now.tasks, now.stage) == (case.id, "closed", closed.tasks, closed.stage)
    assert len(office.told()) == letters
    office.clock.now += timedelta(hours=3)
    words = "It is broken again and I am not happy with your answer. Please escalate my complaint to your manager."
    await office.mail(words, brand=brand, subject="Re: Complaint", headers=thread)
    now = await office.case(case)
    assert now.stage == stage
    if stage == 2:
        assert now.state == "reviewing"
    else:
        assert (now.state, [task.kind for task in now.tasks]) == ("closed", ["reopening"])
    assert len(await office.cases()) == 1


@pytest.mark.row("AT-X25")
async def test_the_reference_that_a_form_told(office: Office) -> None:
    """AT-X25: the form tells reference A, what it brings joins case B; the customer quotes A: case B."""
    case = await office.mail(WORDS)
    assert case
    status, page = await office.form(
        description=f"About {case.reference}: I have found the receipt.",
        name="Ann",
        email="ann@customer.example",
    )
    assert status in {200, 201}
    (told,) = set(re.findall(r"WLZ(?:-[0-9A-Z]{4}){3}", page)) - {case.reference}
    assert len(await office.cases()) == 1
    again = await office.mail(f"My reference is {told}.", subject="New mail")
    assert again
    assert again.id == case.id
    assert len(await office.cases()) == 1


@pytest.mark.row("AT-X26")
async def test_a_reference_typed_by_hand(office: Office) -> None:
    """AT-X26: in lower case, with spaces, in Cyrillic letters that look alike, with O for 0 and I for 1: found."""
    case = await office.mail(WORDS)
    assert case
    prefix, rest = case.reference.split("-", 1)
    alike = str.maketrans(
        {"A": "А", "B": "В", "C": "С", "E": "Е", "H": "Н", "K": "К", "M": "М", "P": "Р", "T": "Т", "X": "Х"}
    )
    typed = (
        case.reference.lower(),
        case.reference.replace("-", " "),
        f"{prefix}-{rest.translate(alike)}",
        f"{prefix} {rest.replace('-', ' ').translate(alike).lower()}",
        f"{prefix}-{rest.replace('0', 'O').replace('1', 'I')}",
    )
    for number, each in enumerate(typed):
        again = await office.mail(f"I mean {each}, number {number}.", subject="New mail")
        assert again, each
        assert again.id == case.id, each


@pytest.mark.row("AT-X27")
async def test_a_handler_answers(office: Office) -> None:
    """AT-X27: what a handler answers to the assignment is a command where it begins with one, else a note of that
    case; their out-of-office reply is nothing; none is a complaint."""
    case = await office.mail(WORDS)
    assert case
    handler = office.house.desk.rules.staff.handlers[case.handler or ""]
    (assignment,) = office.to_staff()
    assert assignment["To"] == handler.address
    subject = f"Re: {assignment['Subject']}"
    write = functools.partial(office.mail, sender=handler.address, name=handler.name, subject=subject)
    thread = {"In-Reply-To": assignment["Message-ID"], "References": assignment["Message-ID"]}
    before = await office.types(case)
    await write("I am on leave.", headers={**thread, "Auto-Submitted": "auto-replied"})
    assert await office.types(case) == before
    await write("I have called the warehouse.", headers=thread)
    assert (await office.types(case))[len(before) :] == ["contact.joined", "note.added"]
    assert len(office.told()) == 1
    await write("progress\n\nWe have found the second charge.", headers=thread)
    assert "progress.sent" in await office.types(case)
    assert "We have found the second charge." in office.told()[-1].get_content()
    assert len(await office.cases()) == 1
    assert not any("We have received" in each["Subject"] for each in office.told(handler.address))


@pytest.mark.row("AT-X29")
async def test_a_strangers_address_in_the_form(office: Office) -> None:
    """AT-X29: with a link in the name field: the letter that the stranger gets says none of it; of ten only as many
    leave as the breaker lets."""
    link = "http://win.example/prize"
    for number in range(10):
        await office.form(
            description=f"{link} You have won, number {number}! Click.",
            name=f"Dear winner {link}",
            email="stranger@elsewhere.example",
        )
    letters = office.told("stranger@elsewhere.example")
    most = min(letters for letters, _ in office.house.desk.rules.breakers["welzo"].correspondent)
    assert 0 < len(letters) == most < 10
    for letter in letters:
        said = letter.as_string() + letter.get_content()
        assert not any(word in said for word in ("win.example", "winner", "Click", "prize"))
    cases = await office.cases()
    assert len(cases) == 10
    assert [case.withheld for case in cases].count("breaker") == 10 - most


@pytest.mark.row("AT-X31")
@pytest.mark.parametrize(
    "text",
    [
        "Zdravstvuyte, u menya slomalsya noutbuk, i v magazine otkazalis vernut dengi. Kogda vy mne otvetite?",
        "Dobryy den. Ya zakazal telefon dve nedeli nazad, dostavki net, i mne nikto ne otvechaet.",
    ],
)
async def test_russian_in_latin_letters(office: Office, text: str) -> None:
    """AT-X31: answered in Russian."""
    case = await office.mail(text, brand="kontakt", subject="Zhaloba")
    assert case
    assert case.language == "ru"
    (letter,) = office.told()
    assert letter["Content-Language"] == "ru"
    assert "Здравствуйте" in letter.get_content()
