"""Whole lives of cases, as `samples/lives/<company>.yaml` tells them; read strictly.

    brand: ask4
    customer: {name: …, address: …@….example}
    steps:
    - at: 2026-11-20 09:12        local time of the company; steps in their order
      who: customer               or `handler` (who has the case), or an id of handlers.yaml
      does: complains by mail …   what the terminal says of it, behind their name
      subject: …                  of a first mail; later ones answer the last letter that they got
      mail: |                     the customer's words; of staff: the first line is a command
      form: {description: …}      or the hosted form's answers, with `language`
      command: cause              or a command as `intake do` gives it, with `data`

The first step is the customer's: it makes the case. Everybody in these files is invented.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_validator

from intake_daemon.command.configuration import shipped
from intake_daemon.settings import yaml12


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Told):
    """The customer."""

    name: str
    address: str


class Step(_Told):
    """Somebody does something, by one door."""

    at: datetime
    who: str
    does: str
    subject: str = ""
    language: str = ""
    mail: str = ""
    form: dict[str, str] = {}
    command: str = ""
    data: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_door(self) -> Step:
        doors = [bool(self.mail), bool(self.form), bool(self.command)]
        if sum(doors) != 1 or (self.who == "customer" and self.command):
            problem = f"{self.at}: a step goes by one door, and a customer gives no commands"
            raise ValueError(problem)
        return self

    @property
    def door(self) -> Literal["mail", "form", "command"]:
        """By which it goes."""
        return "mail" if self.mail else "form" if self.form else "command"


class Life(_Told):
    """One case, from first contact to closing."""

    brand: str
    customer: Person
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Life:
        moments = [step.at for step in self.steps]
        if moments != sorted(moments) or self.steps[0].who != "customer":
            problem = "steps are told in their order, and the first is the customer's"
            raise ValueError(problem)
        return self

    def moments(self, zone: ZoneInfo) -> list[tuple[datetime, Step]]:
        """Each step with its moment. `zone`: the company's."""
        return [(step.at.replace(tzinfo=zone), step) for step in self.steps]


def read() -> list[Life]:
    """All of them, by company."""
    folder = shipped("samples") / "lives"
    return [Life.model_validate(yaml12.load(path)) for path in sorted(folder.glob("*.yaml"))]
