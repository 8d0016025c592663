"""What a command needs: strict models, one per command. Their names and fields are public (docs/commands.md).

A text that is blank counts as not given. A list may be given as its only entry. What staff wrote is content: no model
here travels further than the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from intake_daemon.message import sound

_LONG = 50_000
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONG)]
"""What a person wrote."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
"""A code in lower case with underscores."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""An id that stands somewhere else: a handler, a task, a contact, a reference."""


def several(value: object) -> object:
    """A list, also of one that is given alone."""
    return (value,) if isinstance(value, str | Mapping) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(several)]
"""Several; one alone needs no list."""
Texts = Annotated[tuple[Text, ...], BeforeValidator(several)]
"""Several texts; one alone needs no list."""


class Data(BaseModel):
    """What every command's data is: frozen, and nothing that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    parts: ClassVar[Mapping[str, str]] = {}
    """What a field is called in a refusal, where it is not its own name (`parts` in words.yaml)."""


class Nothing(Data):
    """Needs nothing."""


class Comment(Data):
    """Needs nothing; a word of why may be left."""

    text: Text | None = None
    """Why: a note of the case, not for the customer."""


def given(value: Mapping[str, Any]) -> dict[str, Any]:
    """What was really given: no blanks, no characters that cannot be kept."""
    found = {sound(str(name)): _sound(each) for name, each in value.items()}
    return {name: each for name, each in found.items() if each is not None and each != ""}


def _sound(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    if isinstance(value, str):
        return sound(value).strip()
    if isinstance(value, list | tuple):
        return [_sound(each) for each in value]
    if isinstance(value, Mapping):
        return given(value)
    return value
