"""docs/letters/: every letter of every brand in every language, as the shipped configuration writes it today.

    example   the invented case: one brand, one language, the dates that its clocks give
    customer  what a customer can get, each letter in every way in which it is sent
    staff     what our own people get

One page a brand with what its customers get, and `staff.md`. What a person would write comes from samples/letters.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from intake_daemon.command.configuration import kinds, settings_class, shipped
from intake_daemon.command.schema.letters.customer import to_customer
from intake_daemon.command.schema.letters.example import RECEIVED, Example, Told
from intake_daemon.command.schema.letters.staff import to_staff
from intake_daemon.settings import load_settings, yaml12
from router.calendar import load_calendars
from router.configuration import load_configuration

_STAFF = {"en": "welzo", "pt": "logoscon", "lv": "welzo", "pl": "ask4", "ru": "kontakt", "az": "kontakt"}
"""In whose name the letters to staff are shown, by language."""
_PAGE = """# Letters of {brand}

{made}

What customers of {brand} get, in each of its languages. The case is invented; its dates are those that the clocks give,
and what a person would write comes from [samples/letters.yaml](../../samples/letters.yaml). The texts themselves, and
the rules for them, are in [config/notices/](../../config/notices/README.md).
"""
_STAFF_PAGE = """# Letters to staff

{made}

What handlers and managers get, each in the language in which they are written to (`language` in `handlers.yaml`). The
texts, and the rules for them, are in [config/notices/](../../config/notices/README.md).
"""


def letters(made: str) -> Iterator[tuple[str, str]]:
    """Each page: its name, its text. `made`: the line that says that it is generated."""
    folder = shipped("config")
    settings = load_settings(folder, settings_class, kinds())
    read = load_configuration(folder, settings, RECEIVED.date())
    calendars = load_calendars(folder, read.policies.calendars, read.policies.documents[""])
    written = yaml12.load(shipped("samples") / "letters.yaml")
    cases = {
        name: Example(
            read,
            calendars,
            name,
            brand.name,
            f"{brand.prefix}-4T7K-Q9MX-2RH0",
            f"{settings.web.base_url}/forms/{name}",
            next(iter(brand.addresses.letter), ""),
            written[name],
        )
        for name, brand in settings.brands.items()
    }
    for name, case in cases.items():
        sections = [(replace(case, language=language), to_customer) for language in read.brands[name].languages]
        yield f"letters/{name}.md", _page(_PAGE.format(brand=case.name, made=made), sections)
    staff = [
        (replace(cases[name], language=language, written=written["staff"]), to_staff)
        for language, name in _STAFF.items()
    ]
    yield "letters/staff.md", _page(_STAFF_PAGE.format(made=made), staff)


def _page(head: str, sections: Sequence[tuple[Example, Callable[[Example], Told]]]) -> str:
    parts = [head]
    for case, told in sections:
        parts.append(f"## {case.read.notices.words()['en']['languages'][case.language]}\n")
        for purpose, when, values in told(case):
            subject, text = case.read.notices.render(purpose, case.brand, case.language, values)
            parts.append(f"### {purpose}{f': {when}' if when else ''}\n\n**{subject}**\n\n```text\n{text}```\n")
    return "\n".join(parts).rstrip() + "\n"


__all__ = ["letters"]
