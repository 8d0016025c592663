"""What an operator may say of an app of Meta's, and what stops the start."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.meta import Meta, MetaSettings
from intake_daemon.errors import BadSettings
from tests.doors import brand, world
from tests.meta.payloads import INSTAGRAM, PAGE, PHONE

PLAIN: dict[str, Any] = {
    "kind": "meta",
    "app_secret": "hush",
    "verify_token": "typed-there",
    "token": "token",
    "whatsapp": {PHONE: "welzo"},
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"whatsapp": {}}, "serves nobody"),
        ({"token": ""}, f"{PHONE} has no token"),
        ({"tokens": {"9": "x"}}, "tokens names 9"),
        ({"verify_token": "short"}, "at least 8"),
        ({"api_url": "graph.facebook.com"}, "https://"),
        ({"version": "23"}, "pattern"),
        ({"path": "hooks"}, "pattern"),
    ],
)
def test_what_stops_the_start(more: dict[str, Any], said: str) -> None:
    """Each fault says what is wrong."""
    with pytest.raises(ValidationError, match=said):
        MetaSettings.model_validate(PLAIN | more)


def test_tokens_for_each() -> None:
    """One token for all, or one for each, or both."""
    each = {"token": "", "tokens": {PHONE: "a", PAGE: "b"}, "pages": {PAGE: "welzo"}}
    assert MetaSettings.model_validate(PLAIN | each).tokens[PAGE] == "b"
    assert MetaSettings.model_validate(PLAIN | {"instagram": {INSTAGRAM: "welzo"}}).token == "token"


def test_a_brand_that_there_is_not() -> None:
    """It is named, with those that there are."""
    settings = MetaSettings.model_validate(PLAIN | {"pages": {PAGE: "wezlo"}})
    with pytest.raises(BadSettings, match=r"no brand 'wezlo'.*kontakt, welzo"):
        Meta("meta", settings, world(brand("welzo"), brand("kontakt")))
