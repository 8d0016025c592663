"""`intake init DIR`: a small commented configuration of one brand, which passes `intake check` as it stands.

It promises nothing: its policy has targets for us and no term for the customer. Letters lie in `var/outbox` until a way
out is written; without --domain the addresses end in `.test`, which belongs to nobody. The key is made here and kept in
a file of mode 0600 beside it. Nothing that is there already is touched.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from intake_daemon.command.options import Mistyped

_PAGES = ("intake.yaml", "handlers.yaml", "routing.yaml", "policies/common.yaml", "policies/brand.yaml")
"""Written with each «word» replaced; what they hold is told in themselves."""
_PREFIX = 3
_ISLANDS = ("Atlantic/", "Pacific/", "Indian/", "Antarctica/", "Arctic/")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    brand: Annotated[str, typer.Option(help="Its id: lower-case letters, digits, - and _.")],
    country: Annotated[str, typer.Option(help="Where it is, by its ISO code, such as GB.")],
    languages: Annotated[str, typer.Option(help="In which it writes, the default first: en,lv")],
    name: Annotated[str, typer.Option(help="As customers know it; by default its id.")] = "",
    prefix: Annotated[str, typer.Option(help="Two to four capital letters that every reference begins with.")] = "",
    domain: Annotated[str, typer.Option(help="Its mail domain.")] = "",
    handler: Annotated[str, typer.Option(help="Who works on complaints; more in handlers.yaml.")] = "First Handler",
    address: Annotated[str, typer.Option(help="Where they hear of them.")] = "",
    tz: Annotated[str, typer.Option(help="Its time zone; by default the country's.")] = "",
    retain_years: Annotated[int, typer.Option(help="For how many years a closed case is kept.")] = 6,
) -> None:
    """Write a small commented configuration of one brand, which passes `intake check`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", brand):
        raise Mistyped(f"{brand!r} cannot be an id. Use lower-case letters, digits, - and _, such as welzo.")
    if folder.exists() and any(folder.iterdir()):
        raise Mistyped(f"{folder} is not empty. Name a new folder; nothing that is there is touched.")
    wanted = [each.strip().lower() for each in languages.split(",") if each.strip()]
    _letters_in(wanted)
    where = domain or f"{brand.replace('_', '-')}.test"
    values = {
        "brand": brand,
        "name": name or brand.replace("_", " ").title(),
        "prefix": prefix or _prefix(brand),
        "country": country.upper(),
        "tz": tz or _zone(country.upper()),
        "language": wanted[0],
        "languages": ", ".join(wanted),
        "domain": where,
        "handler": handler,
        "handler_id": re.sub(r"[^a-z0-9]+", "_", handler.lower()).strip("_") or "first",
        "address": address or f"complaints.handler@{where}",
        "retain_years": str(retain_years),
        "review_by": (datetime.now(UTC) + timedelta(days=365)).date().isoformat(),
    }
    _write(folder, values, wanted)
    print(f"{folder}: written. Look through it, then: intake check -c {folder}; intake run -c {folder}")
    if not domain:
        print(f"its addresses end in {where}, which belongs to nobody: write your own (--domain)", file=sys.stderr)


def _letters_in(languages: list[str]) -> None:
    from intake_daemon.command.configuration import shipped

    known = sorted(each.name for each in (shipped("config") / "notices").iterdir() if each.is_dir())
    for language in languages:
        if language not in known:
            raise Mistyped(f"There are no letters in {language!r} yet. There are: {', '.join(known)}.")
    if not languages:
        raise Mistyped(f"Name the languages, the default first: --languages {','.join(known[:2])}")


def _prefix(brand: str) -> str:
    letters = re.sub(r"[^A-Z]", "", brand.upper())[:_PREFIX]
    return letters if len(letters) >= 2 else "CMP"  # noqa: PLR2004 -- two to four, as intake.yaml says


def _zone(country: str) -> str:
    from babel.core import get_global

    zones = list(get_global("territory_zones").get(country, ()))
    if not zones:
        raise Mistyped(f"There is no country {country!r}. Write its ISO code, such as GB.")
    mainland = [zone for zone in zones if not zone.startswith(_ISLANDS)] or zones
    if len(mainland) > 1:
        raise Mistyped(f"{country} has several time zones. Name one: --tz {' | '.join(sorted(mainland))}")
    return str(mainland[0])


def _write(folder: Path, values: dict[str, str], languages: list[str]) -> None:
    from intake_daemon.command.configuration import shipped

    quoted = {key: value.replace('"', "'") for key, value in values.items()}
    (folder / "policies").mkdir(parents=True)
    for page in _PAGES:
        text = (Path(__file__).parent / "pages" / page).read_text(encoding="utf-8")
        filled = re.sub("«([a-z_]+)»", lambda named: quoted[named[1]], text)
        (folder / page.replace("brand.yaml", f"{values['brand']}.yaml")).write_text(filled, encoding="utf-8")
    key = folder / "installation.key"
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(secrets.token_hex(32) + "\n")
    source = shipped("config")
    (folder / "words").mkdir()
    for language in languages:
        shutil.copy(source / "words" / f"{language}.yaml", folder / "words")
        (folder / "notices" / language).mkdir(parents=True)
        for file in sorted((source / "notices" / language).iterdir()):
            if file.name.count(".") == 1:  # `purpose.brand.txt` says it in another brand's way
                shutil.copy(file, folder / "notices" / language)
    shutil.copy(source / "notices" / "README.md", folder / "notices")
