"""Who only says hello has said nothing yet; whoever says one word more has."""

from __future__ import annotations

import pytest

from router.recognise import greets
from tests.desk.letters import rules


@pytest.mark.parametrize(
    "text",
    [
        "salam", "Salam!", "Salam əleyküm", "Sabahınız xeyir", "Salam 😊", "Здравствуйте", "добрый день!", "Привет)",
        "zdravstvuyte", "Hello", "hi there", "Good morning, how are you?", "Olá, bom dia", "oi", "Labdien!", "Čau",
        "Dzień dobry", "Cześć",
    ],
)  # fmt: skip
def test_a_greeting(text: str) -> None:
    """In each of the six languages, in either script, with what people put behind it."""
    assert greets(text, rules().words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "?",
        "salam, telefonum xarabdır",
        "Hello, refund",
        "Здравствуйте, верните деньги",
        "hello help",
        "hi " * 9,
    ],
)
def test_no_greeting(text: str) -> None:
    """Anything besides is something that was said: in doubt it is a complaint."""
    assert not greets(text, rules().words)
