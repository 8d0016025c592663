"""What the shipped letters say: what the policies promise and nothing else, in every language."""

from __future__ import annotations

import re

import pytest

from router.configuration import Configuration
from router.notices import CUSTOMER, LETTERS, Notices, check_notices
from router.notices.letters import Source
from router.recognise import Context
from tests.config.reading import SHIPPED, configuration
from tests.recognise.reading import heard


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    """The shipped configuration; that it loads means that every letter renders for every brand."""
    return configuration(SHIPPED)


ANSWER: dict[str, object] = {
    "reference": "WLZ-4T7K-Q9MX-2RH0",
    "brand": "Welzo",
    "decision": "DECISION",
    "reasons": "REASONS",
    "actions_taken": "ACTIONS",
    "next_step": "NEXT",
    "steps": [],
    "spoken": False,
    "can_escalate": True,
    "needs": frozenset({"dissatisfaction", "request"}),
    "form": "FORM",
    "address": "ADDRESS",
    "bodies": [],
}
BODY = {"name": "BODY", "formerly": "", "url": "URL", "topic": "", "binds": ""}


@pytest.mark.parametrize(("brand", "language"), [("welzo", "en"), ("welzo", "lv"), ("ask4", "en"), ("ask4", "pl")])
def test_the_first_answer_says_how_to_go_on(shipped: Configuration, brand: str, language: str) -> None:
    """What was decided, why, what was done, what comes; and where to ask for the next stage (W-16 A-16)."""
    first = shipped.notices.render("result", brand, language, ANSWER)[1]
    last = shipped.notices.render("result", brand, language, {**ANSWER, "can_escalate": False})[1]
    for part in ("DECISION", "REASONS", "ACTIONS", "NEXT"):
        assert part in first
        assert part in last
    assert "FORM" in first
    assert "ADDRESS" in first
    assert "FORM" not in last


@pytest.mark.parametrize("language", ["en", "lv"])
def test_the_final_answer_names_a_body_or_has_no_heading_for_it(shipped: Configuration, language: str) -> None:
    """W-29: independent advice is mentioned either way; a list stands there only where there is one."""
    final = {**ANSWER, "can_escalate": False}
    none = shipped.notices.render("result", "welzo", language, final)[1]
    named = shipped.notices.render("result", "welzo", language, {**final, "bodies": [BODY]})[1]
    assert {"BODY", "URL"} <= set(named.split())
    paragraphs = none.strip().split("\n\n")
    assert not any(paragraph.endswith(":") for paragraph in paragraphs)
    assert len(paragraphs[-2].split()) > 10  # the sentence about independent advice, before the greeting


def test_no_letter_of_logoscon_has_a_date(shipped: Configuration) -> None:
    """Its policy names no term, so no letter of it can print one, whatever is handed over (L-12, AT-L15)."""
    policy = shipped.policies.brand("logoscon")
    assert not any(dated(policy) for letter in LETTERS.values() for dated in letter.dates.values())
    assert not LETTERS["extension"].needed(policy)


def test_a_holding_notice_cannot_name_a_date() -> None:
    """Status and next step; only an extension names a new date (std:ISO-03)."""
    assert CUSTOMER["holding"] == {"reference", "brand", "missed", "state", "next_step"}


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_redirect_offers_only_what_the_policy_offers(shipped: Configuration, language: str) -> None:
    """Form and address, never a telephone number (A-12); the exceptions only where there are some."""
    values: dict[str, object] = {"reference": "REF", "brand": "ASK4", "form": "FORM", "address": "ADDRESS"}
    values |= {"channel": "", "unless": frozenset({"cannot_write"}), "prefilled": False}
    said = shipped.notices.render("redirect", "ask4", language, values)[1]
    bare = shipped.notices.render("redirect", "ask4", language, {**values, "unless": frozenset()})[1]
    assert {"FORM", "ADDRESS", "REF."} <= set(said.split())
    assert not re.search(r"\d{3}", said)
    assert len(bare) < len(said)


def test_who_is_not_known_learns_nothing(shipped: Configuration) -> None:
    """One answer for wrong, unknown and erased: not even the reference stands in it (AT-K18)."""
    values: dict[str, object] = {"reference": "REF", "brand": "Kontakt", "verified": False, "state": "STATE"}
    values |= {"next_step": "NEXT", "last_step": "LAST", "last_step_at": "THEN", "due_date": "DAY", "late": True}
    values["status_url"] = "https://complaints.example/status"
    for language in shipped.brands["kontakt"].languages:
        text = " ".join(shipped.notices.render("status_answer", "kontakt", language, values))
        assert not set(re.findall(r"\w+", text)) & {"REF", "STATE", "NEXT", "LAST", "THEN", "DAY"}


@pytest.mark.parametrize("language", ["az", "en", "lv", "pl", "pt", "ru"])
def test_the_words_that_we_suggest_are_understood(shipped: Configuration, language: str) -> None:
    """Whoever answers with the request that `escalation_incomplete` suggests is found to escalate, and nothing else."""
    values: dict[str, object] = {"reference": "REF", "brand": "Welzo", "lacks": "request", "due_date": ""}
    text = shipped.notices.render("escalation_incomplete", "welzo", language, values)[1]
    suggested = re.search(r"[\"„«](.+?)[\"”»]", " ".join(text.split()))
    assert suggested is not None
    found = heard(suggested[1], language, context=Context(case=True, answered=True))
    assert {finding.kind for finding in found} - {"complaint"} == {"escalation"}


LANGUAGES = ("az", "en", "lv", "pl", "pt", "ru")


def own_words(text: str) -> str:
    """What a template says by itself: without what is filled in, and without commands."""
    lines = (line for line in re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text).splitlines() if not line.startswith("    "))
    return "\n".join(lines).removeprefix("Subject:")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_letter(shipped: Configuration, language: str) -> None:
    """So that a new brand can write in any of them."""
    assert {purpose for tongue, purpose, brand in shipped.notices.sources if tongue == language and not brand} == set(
        LETTERS
    )


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_nothing_english_is_left(shipped: Configuration, language: str) -> None:
    """In letters and in the words for codes."""
    english = {"the", "you", "your", "please", "complaint", "answer", "reference", "customer", "received", "with"}
    for (tongue, *_), source in shipped.notices.sources.items():
        if tongue == language:
            assert not set(re.findall(r"[a-z]+", own_words(source.text).casefold())) & english, source.path
    for group, said in shipped.notices.words()[language].items():
        assert not set(re.findall(r"[a-z]+", " ".join(said.values()).casefold())) & english, group


@pytest.mark.parametrize(
    ("language", "small"),
    [
        ("ru", r"\b(вы|вас|вам|вами|ваш\w*)\b"),
        ("lv", r"\b(jūs|jums|jūsu)\b"),
        ("az", r"\b(siz|sizin|sizə|sizi|sizdən|sizinlə)\b"),
        ("pl", r"\b(państwo|państwa|państwu|ty|twój|twoja)\b"),
        ("pt", r"\b([Vv]ocê|[Tt]u|[Tt]eu|[Tt]ua)\b"),
    ],
)
def test_forms_of_address_are_one(shipped: Configuration, language: str, small: str) -> None:
    """Who is written to is Вы, Jūs, Siz, Państwo, with a capital, everywhere; never *você* in Portugal."""
    texts = [own_words(source.text) for (tongue, *_), source in shipped.notices.sources.items() if tongue == language]
    texts += [word for said in shipped.notices.words()[language].values() for word in said.values()]
    assert [found for text in texts for found in re.findall(small, text)] == []


def test_the_common_texts_serve_every_policy_in_every_language(shipped: Configuration) -> None:
    """Without any brand's own wording, each of the four companies could write in all six (a fifth one can)."""
    common = {key: source for key, source in shipped.notices.sources.items() if not key[2]}
    policies = {
        name: policy.model_copy(
            update={"languages": policy.languages.model_copy(update={"offered": LANGUAGES, "jargon_list": None})}
        )
        for name, policy in shipped.policies.brands.items()
    }
    names = {name: shipped.brands[name].name for name in policies}
    notices = Notices(common, shipped.notices.tongues)
    assert check_notices(notices, policies, names=names, staff=LANGUAGES, folder=SHIPPED) == []


def test_the_common_text_behind_a_brands_own_is_tried(shipped: Configuration) -> None:
    """A fault in the common acknowledgement is found, though every brand has wording of its own."""
    sources = dict(shipped.notices.sources)
    policies = shipped.policies.brands
    assert ("en", "acknowledgement", "welzo") in sources
    sources["en", "acknowledgement", ""] = Source(sources["en", "acknowledgement", ""].path, "Subject: x\n\nx\n")
    names = {name: shipped.brands[name].name for name in policies}
    notices = Notices(sources, shipped.notices.tongues)
    faults = check_notices(notices, policies, names=names, staff=[], folder=SHIPPED)
    assert any(fault.file.endswith("en/acknowledgement.txt") for fault in faults)


@pytest.mark.parametrize("purpose", [purpose for purpose in LETTERS if purpose not in {"assignment", "addition"}])
def test_a_letter_that_says_nothing_is_a_fault(shipped: Configuration, purpose: str) -> None:
    """Each purpose has something that must stand in it, or it is not that letter."""
    sources = dict(shipped.notices.sources)
    for key in [key for key in sources if key[:2] == ("en", purpose)]:
        sources[key] = Source(sources[key].path, "Subject: x\n\nx\n")

    def never_says(brand: str) -> bool:
        mine = {key: source for key, source in sources.items() if key[2] in {"", brand}}
        policies, names = {brand: shipped.policies.brands[brand]}, {brand: shipped.brands[brand].name}
        notices = Notices(mine, shipped.notices.tongues)
        faults = check_notices(notices, policies, names=names, staff=["en"], folder=SHIPPED)
        return any(fault.file.endswith(".txt") and "never says" in fault.problem for fault in faults)

    assert any(map(never_says, shipped.policies.brands))  # the first that writes it is enough
