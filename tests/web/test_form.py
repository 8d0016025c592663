"""The web form over HTTP: what a browser, a script and a stranger's page hear, and what arrives behind it."""

from __future__ import annotations

import httpx2
from selectolax.lexbor import LexborHTMLParser

from connectors.web_form import parse
from intake_daemon.contract import Draft
from tests.web.conftest import Forms

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64


def drafts(forms: Forms) -> list[Draft]:
    """What the connector made of everything that came."""
    return [draft for raw in forms.door.raws for draft in parse(raw)]


def filled(page: httpx2.Response) -> dict[str, str]:
    """What stands in a page's form, hidden fields too."""
    tree = LexborHTMLParser(page.text)
    found = {}
    for node in tree.css(
        "form input[type=hidden], form input[type=text], form input[type=email], form input[type=tel]"
    ):
        found[node.attributes["name"] or ""] = node.attributes.get("value") or ""
    for node in tree.css("form textarea"):
        found[node.attributes["name"] or ""] = node.text().removeprefix("\n")
    return found


async def test_a_posted_form_is_held_and_the_page_says_its_reference(forms: Forms) -> None:
    """The thin whole: page, post, held, reference."""
    page = await forms.client.get("/forms/welzo?lang=lv")
    assert page.status_code == 200
    answers = filled(page) | {"description": "Tests neatnāca.\r\nGaidu trīs nedēļas.", "email": "Anna@Example.LV"}
    answer = await forms.client.post("/forms/welzo", data=answers)
    (held,) = forms.door.held.values()
    (draft,) = drafts(forms)
    assert answer.status_code == 200
    assert held.reference in answer.text
    assert draft.text == "Tests neatnāca.\nGaidu trīs nedēļas."
    assert draft.new_text == ((0, len(draft.text)),)
    assert draft.language.chosen == "lv"
    assert draft.reply_address
    assert draft.reply_address.value == "Anna@example.lv"
    assert answer.headers["cache-control"] == "no-store"
