"""A fifth company, of another kind than the four: a policy, its brand and its texts, and not a line of Python.

Brisa is an electricity supplier under an ombudsman: eight weeks for the answer, one stage, three channels, topics of
its own. Everything below is what its people write; the shipped configuration is otherwise untouched.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake_daemon.command import configuration
from intake_daemon.command.configuration import Configuration
from tests.acceptance.arranging import arranged
from tests.acceptance.office import Clock, Office, office_of
from tests.acceptance.town import door, with_doors
from tests.acceptance.ways import calls

FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
POLICY = """
brand: brisa
legal_name: Brisa Power Ltd
country: GB
calendar: GB-ENG
languages: {default: en, offered: [en]}
review_by: 2027-06-30
accepts: {from: customer, about: [metering, tariff]}
channels:
  email:    {accept: true}
  web_form: {accept: true}
  letter:   {accept: true, address: "Brisa Power, Complaints, 7 Example Quay, Bristol"}
  other:    {accept: false}
not_accepted: {answer: use_form_or_letter, offer: [web_form, letter], via: same_channel, prefill: true,
  keep: contact_record, unless: [safety]}
ask:
- {field: description, must: true}
topics: [metering, tariff, other]
roles: {handler: required, manager: required}
acknowledge: {auto: true, contains: [reference, received_at, next_step, due_date]}
clocks:
- {id: ack, from: complaint.received, until: acknowledgement.sent, within: {working_days: 2}, basis: policy,
   notify: [handler]}
- {id: result, from: complaint.received, until: result.sent, within: {days: 56}, basis: policy,
   warn: {days: 42}, notify: [handler, manager]}
stages:
- {id: 1, by: handler, then: [closed, external]}
result: {needs: [cause]}
extend: none
external: [{body: energy_ombudsman, when: [result.sent, deadlock]}]
overlays: []
"""
BODY = """
  energy_ombudsman: {name: Energy Ombudsman, country: GB, url: energyombudsman.org, binds: company}
"""
BRAND = """
  brisa:
    prefix: BRI
    name: Brisa
    addresses:
      email: [help@brisa.example]
      letter: ["Brisa Power, Complaints, 7 Example Quay, Bristol"]
    outgoing: {email: mail}
    sender: {name: Brisa, address: help@brisa.example}
    staff: {domains: [brisa.example]}
    sites: ["https://www.brisa.example"]
"""
TEAM = """
  brisa_care: {name: Brisa customer care, parent: front_desk, brands: [brisa], manager: joan}
"""
PEOPLE = """
  joan:
    {name: Joan Pascoe, address: joan.pascoe@brisa.example, brands: [brisa], teams: [brisa_care],
     skills: [metering, tariff, other], languages: [en], language: en, capacity: 20,
     hours: "mon-fri 09:00-17:00", tz: Europe/London, absences: [], roles: [handler, manager]}
"""
LETTER = """Subject: Brisa has your complaint {{ reference }}

Dear customer,

{% filter paragraph %}
We have your complaint {{ reference }}.
{% if "received_at" in says %}
It reached us on {{ received_at }}.
{% endif %}
{% if "next_step" in says %}
Somebody who knows our meters looks into it.
{% endif %}
{% if "due_date" in says %}
You have our answer by {{ due_date }}.
{% endif %}
{% endfilter %}

Brisa
"""


def write(file: Path, *, below: str, text: str) -> None:
    """Put a piece of text below a line of a file."""
    whole = file.read_text(encoding="utf-8")
    assert whole.count(below) == 1, below
    file.write_text(whole.replace(below, f"{below}{text.strip(chr(10))}\n"), encoding="utf-8")


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """The shipped configuration with a fifth company, as its people would write it."""
    root = tmp_path_factory.mktemp("five")
    made = root / "config"
    shutil.copytree(configuration.shipped("config"), made)
    (made / "policies" / "brisa.yaml").write_text(POLICY)
    write(made / "policies" / "common.yaml", below="# who a customer may go to outside the company\n", text=BODY)
    write(made / "intake.yaml", below="\nbrands:\n", text=BRAND)
    write(made / "handlers.yaml", below="\nteams:\n", text=TEAM)
    write(made / "handlers.yaml", below="\nhandlers:\n", text=PEOPLE)
    write(made / "routing.yaml", below="\ntopics:\n", text="\n  - {when: '\"metering\" in words', topic: metering}\n")
    rule = "  - {name: Brisa, when: 'brand == \"brisa\"', team: brisa_care}"
    write(made / "routing.yaml", below="\nteams:\n", text=rule)
    write(made / "words" / "en.yaml", below="\ntopics:\n", text="  metering: [meter, reading]\n  tariff: [tariff]\n")
    for language in sorted((made / "notices").iterdir()):
        if language.is_dir():
            names = "  metering: your meter\n  tariff: your tariff\n"
            write(language / "words.yaml", below="\ntopics:\n", text=names)
    (made / "notices" / "en" / "acknowledgement.brisa.txt").write_text(LETTER)
    return configuration.read(made)


@pytest.fixture
async def office(five: Configuration, var: Path) -> AsyncIterator[Office]:
    """A house of five companies."""
    async with office_of(arranged(var, five), Clock(FRIDAY)) as found:
        yield found


async def test_eight_weeks(office: Office) -> None:
    """A mail becomes a case about a topic of its own, with its handler; the acknowledgement, in its own words, prints
    the day eight weeks later, which is the clock's, and nobody else's promise."""
    case = await office.mail("The meter reading on my bill is wrong.", brand="brisa")
    assert case is not None
    assert (case.reference[:4], case.topic, case.team, case.handler) == ("BRI-", "metering", "brisa_care", "joan")
    (told,) = office.told()
    assert told["Subject"] == f"Brisa has your complaint {case.reference}"
    assert "by Friday 15 January 2027" in told.get_content()
    assert FRIDAY + timedelta(weeks=8) == datetime(2027, 1, 15, 10, 0, tzinfo=UTC)
    assert (await office.due(case))["result"] == "2027-01-15 23:59:59"


async def test_what_it_does_not_accept(five: Configuration, var: Path) -> None:
    """A complaint by telephone is redirected to the form and the address, and is no complaint."""
    line = {**calls.settings(), "numbers": {"+441174960000": "brisa"}, "brand": "brisa"}
    async with office_of(with_doors(arranged(var, five), {"line": door(**line)}), Clock(FRIDAY)) as office:
        told = {
            "call_id": "1",
            "from": "+447700900123",
            "to": "+441174960000",
            "customer_email": "ann@customer.example",
        }
        status, _ = await calls.CallWay(office).upload("The meter reading is wrong. I want to complain.", told)
        assert status == 200
        (case,) = await office.cases()
        assert (case.state, case.clocks) == ("redirected", ())
        (answer,) = office.told()
        assert "7 Example Quay" in answer.get_content()


async def test_no_further_stage(office: Office) -> None:
    """There is no second stage: who is not content after the answer is not escalated, and the answer, which needs a
    cause, names the outside body. After six weeks its people are warned; a later date is refused."""
    case = await office.mail("The meter reading on my bill is wrong.", brand="brisa")
    assert case is not None
    await office.at(FRIDAY + timedelta(weeks=7))
    assert (await office.clocks(case, "warned"))["result"]
    refused = await office.do(case, "extend", "joan", new_date="2027-02-01", reason="complex", progress="We look.")
    assert (refused.disposition, refused.reason) == ("refused", "no_extension")
    parts = dict.fromkeys(("decision", "reasons", "actions_taken", "next_step"), "The meter was misread.")
    lacking = await office.do(case, "answer", "joan", outcome="upheld", **parts)
    assert lacking.disposition == "refused"
    await office.do(case, "cause", "joan", text="The meter was misread.")
    answered = await office.do(case, "answer", "joan", outcome="upheld", **parts)
    assert answered.disposition == "done", answered
    assert "energyombudsman.org" in office.told()[-1].get_content()
    again = await office.mail(
        f"I am not satisfied with your answer. I want your manager to review it. {case.reference}", brand="brisa"
    )
    assert again is not None
    assert again.id == case.id
    assert "escalation.requested" not in await office.types(case)
    assert (await office.case(case)).stage == 1


async def test_the_others_are_as_they_were(office: Office) -> None:
    """Welzo's promise is Welzo's: the answer within ten working days of its acknowledgement."""
    case = await office.mail("You charged my card twice for one order.")
    assert case is not None
    assert "Friday 4 December 2026" in office.told()[-1].get_content()
