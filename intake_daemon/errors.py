"""The four ways in which something does not work, and whose move it is then.

`Temporary`    surely nothing happened; try again (after `after` seconds, if said).
`Permanent`    it will never work like this; do not try again, tell a person.
`Unknown`      perhaps it happened; asking again could do it twice.
`BadSettings`  what an operator wrote cannot be; the daemon does not start.

Connectors raise the first three from `reply`, and only name what happened: what follows is decided in one place,
`life.verdict`. Nothing in here may hold personal data: `code` is a word for the log and for metrics
(`smtp_451`, `not_connected`), never the text that a server or a customer wrote.
"""

from __future__ import annotations

from dataclasses import dataclass


class IntakeError(Exception):
    """What all our own errors have in common: a `code` that may be logged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Temporary(IntakeError):  # noqa: N818 -- the word of the trade: a temporary failure
    """Surely nothing was sent or stored. `after`: seconds that the other side asks us to wait, if it said so."""

    def __init__(self, code: str, *, after: float | None = None) -> None:
        super().__init__(code)
        self.after = after


class Permanent(IntakeError):  # noqa: N818 -- the word of the trade: a permanent failure
    """It was refused and will be refused again."""


class Unknown(IntakeError):  # noqa: N818 -- a state, not an error: we do not know whether it was sent
    """Perhaps sent: the answer got lost after the request had been written."""


class Newer(IntakeError):  # noqa: N818 -- what it is, not an error
    """Of a version that this process does not know; it waits for one that does. `code`: what it is."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in what an operator wrote: where it stands, what it is, what to write instead."""

    file: str
    line: int
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        """`config/intake.yaml:8: unknown key 'whn'. Did you mean 'when'?`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.problem}" + (f" {self.remedy}" if self.remedy else "")


class BadSettings(IntakeError):  # noqa: N818 -- named for what is bad, not that it is an error
    """The configuration cannot be run with. `faults` holds every one that was found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("bad_settings")
        self.faults = faults

    def __str__(self) -> str:
        """Every fault on a line of its own."""
        return "\n".join(str(fault) for fault in self.faults)
