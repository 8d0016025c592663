"""What a customer does on a page of ours: no principal of handlers.yaml, so apart from all other commands. The pages
(router/pages) have made sure who it is, by a link of a letter or by a code, before they ask for one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import ValidationError

from intake_daemon import events
from router.commands.data import Data, Name
from router.commands.doing import Doing, Refused
from router.turn import Effects

CUSTOMER = "customer"
"""Who acts then."""


class Code(Data):
    """A code for whoever knows the reference."""

    code: Name
    minutes: int


def send_code(doing: Doing, data: Code) -> Effects:
    """Sends the code to the address of the case (K-19). Where more letters leave at once than the brand allows, or
    nobody can be answered, none is sent."""
    if doing.knows.brand_recent >= doing.rules.brakes[doing.case.brand]:
        return doing.done()
    content = doing.content("words", {"code": data.code, "minutes": data.minutes})
    said = content.id
    found = tuple(doing.owing.customer("status_code", cause=doing.key, automatic="generated", said=said))
    return doing.done(intents=found, contents=(content,) if found else ())


class Shown(Data):
    """A page told how it stands."""

    language: Name


def status_shown(doing: Doing, data: Shown) -> Effects:
    """Records that the customer asked, and was told on the page (K-19)."""
    asked = events.StatusAsked(message=doing.case.answers_to or doing.case.contact, verified=True)
    told = events.StatusTold(notice=doing.key, connector="status_page", language=data.language)
    return doing.done(asked, told)


class Mark(Data):
    """The answer to the question after the end."""

    score: Literal[1, 2, 3, 4, 5]


def survey(doing: Doing, data: Mark) -> Effects:
    """Records the customer's answer; a later one takes its place (A-06)."""
    return doing.done(events.SurveyAnswered(score=data.score, by="link"))


_TABLE: Mapping[str, tuple[type[Data], Callable[[Doing, Any], Effects]]] = MappingProxyType(
    {"send_code": (Code, send_code), "status_shown": (Shown, status_shown), "survey": (Mark, survey)}
)


def act(doing: Doing) -> Effects:
    """What a page asks for. Raises Refused."""
    known = _TABLE.get(doing.value.command)
    if known is None or doing.case.erased or not doing.case.complaint:
        raise Refused("not_allowed")
    takes, do = known
    try:
        return do(doing, takes.model_validate(doing.value.data))
    except ValidationError as bad:
        raise Refused("bad_value") from bad
