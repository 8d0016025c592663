"""How a name and a mail address are written in `intake.yaml`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator


def _word(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        raise ValueError(f"{value!r} cannot be a name here. Use lower-case letters, digits, - and _.")
    return value


def _mail(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+", value):
        raise ValueError(f"{value!r} is no mail address. Write it like complaints@shop.example.")
    return value.lower()


Word = Annotated[str, AfterValidator(_word)]
Mail = Annotated[str, AfterValidator(_mail)]
