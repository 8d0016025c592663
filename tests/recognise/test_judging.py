"""What follows from what was heard: elements apart, negation, context, reasons."""

from __future__ import annotations

import pytest

from router.recognise import Context
from tests.recognise.reading import heard

_ANSWERED = Context(case=True, answered=True)


def _kinds(text: str, language: str = "en", context: Context | None = None) -> dict[str, bool]:
    return {one.kind: one.sure for one in heard(text, language, context=context)}


def test_the_two_elements_of_an_escalation_are_found_apart() -> None:
    """Welzo needs both (W-17, AT-W18): dissatisfaction without a request, a request without it, and both."""
    alone = _kinds("I am not happy with your answer.", context=_ANSWERED)
    assert alone["dissatisfaction"]
    assert "escalation" not in alone
    request = _kinds("Please escalate.", context=_ANSWERED)
    assert request["escalation"]
    assert "dissatisfaction" not in request
    both = _kinds("I am not happy with your answer. Please escalate it to your manager.", context=_ANSWERED)
    assert both["escalation"]
    assert both["dissatisfaction"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please do not escalate this", "en"),
        ("I don't want to speak to your manager", "en"),
        ("Não quero falar com o gerente", "pt"),
        ("Nevēlos runāt ar vadītāju", "lv"),
        ("Nie chcę rozmawiać z kierownikiem", "pl"),
        ("Я не хочу говорить с начальником", "ru"),
        ("Müdirlə danışmaq istəmirəm", "az"),
    ],
)
def test_a_request_that_is_denied_is_none(text: str, language: str) -> None:
    """Negation is looked for before the words, and behind them where the verb comes last."""
    assert "escalation" not in _kinds(text, language)


def test_a_threat_to_escalate_is_not_sure() -> None:
    """It may become one; nobody has asked yet."""
    assert _kinds("If this goes on I will escalate my complaint")["escalation"] is False


@pytest.mark.parametrize("text", ["broken again", "The kettle leaks"])
def test_after_an_answer_a_sign_of_complaint_is_dissatisfaction(text: str) -> None:
    """'broken again' to a closed case (AT-X23); before an answer it is a complaint like any other."""
    assert "dissatisfaction" in _kinds(text, context=_ANSWERED)
    assert _kinds(text).get("dissatisfaction") is not True
    assert "complaint" in _kinds("The kettle leaks")


def test_thanks_after_an_answer_is_no_dissatisfaction() -> None:
    """'thanks' to a closed case changes nothing (AT-X23)."""
    assert _kinds("Thank you very much!", context=_ANSWERED).keys() <= {"thanks", "ordinary"}


def test_mere_unhappiness_is_a_complaint() -> None:
    """'I am just unhappy with' is one (AT-K02)."""
    assert "complaint" in _kinds("I am just unhappy with the way the cashier spoke to me")
    assert "complaint" in _kinds("Я просто недоволен вашим магазином", "ru")


def test_an_answer_is_found_only_where_something_was_asked() -> None:
    """An order number alone is no answer to nobody's question; any words are perhaps one to a question of ours."""
    asked = Context(asked=frozenset({"description"}), case=True)
    assert "answer" not in _kinds("My order number is 55120")
    assert _kinds("My order number is 55120", context=asked)["answer"]
    assert _kinds("The lamp flickers", context=asked)["answer"] is False


def test_a_rights_request_within_a_complaint_leaves_the_complaint() -> None:
    """'…and send me everything you hold on me' (AT-X15): both are found, the right by its article."""
    findings = heard("The fridge is broken and nobody comes, and send me everything you hold on me", "en")
    assert {("rights_request", "access"), ("complaint", "")} <= {(one.kind, one.detail) for one in findings}


def test_status_beside_a_complaint_is_not_sure() -> None:
    """Then the text is an addition, too: a status answer alone would lose it (AT-K17)."""
    assert _kinds("What about my complaint?")["status"] is True
    assert _kinds("What about my complaint? The driver also scratched my door.")["status"] is False


@pytest.mark.parametrize("kind", ["data_protection", "danger", "cannot_write"])
def test_each_exception_of_the_refused_channels_is_its_own_finding(kind: str) -> None:
    """ASK4 takes these on any channel and records which it was (AT-A15)."""
    texts = {
        "data_protection": "You gave my address to a stranger",
        "danger": "There is smoke coming out of the router",
        "cannot_write": "I am blind and cannot fill in your form",
    }
    assert [other for other in texts if other in _kinds(texts[kind])] == [kind]


def test_a_reason_repeats_nothing_of_the_text() -> None:
    """It names language and pattern; the customer's words stay out of findings, logs and events."""
    findings = heard("Please escalate my complaint about Zebedee Quux, zebedee@example.org, 07700 900123", "en")
    assert findings
    for one in findings:
        assert not {"zebedee", "quux", "07700"} & set(one.reason.lower().replace(".", " ").split())
        assert one.reason.startswith("en: ")


def test_one_finding_per_kind_the_most_urgent_first() -> None:
    """Danger before everything else, each kind and detail once."""
    text = "Escalate this to your manager! I want to speak to the director. The charger caught fire and is broken."
    kinds = [one.kind for one in heard(text, "en")]
    assert kinds[0] == "danger"
    assert len(kinds) == len(set(kinds))


def test_the_languages_of_a_contact_are_all_heard() -> None:
    """A Latvian text whose language was guessed wrong is found when the brand offers Latvian."""
    assert not any(one.kind == "escalation" for one in heard("Vēlos runāt ar jūsu vadītāju", "en"))
    assert any(one.kind == "escalation" for one in heard("Vēlos runāt ar jūsu vadītāju", "en", "lv"))
    assert any(one.kind == "escalation" for one in heard("Vēlos runāt ar jūsu vadītāju", "und"))
