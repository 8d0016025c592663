"""`intake explain FILE`: what the router would do with a mail and why, stage by stage, and the letters it would send.

The real desk judges, with what the ledger knows, as if the mail came now; nothing is written but the audit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from intake_daemon.command.options import Config, Demo, Json, as_json


def explain(
    file: Annotated[Path, typer.Argument(help="A mail.", exists=True, dir_okay=False)],
    config: Config = None,
    *,
    brand: Annotated[str, typer.Option(help="For which brand; by default the one that it is addressed to.")] = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Tell what the router would do with a mail and why; nothing is done."""
    from intake_daemon.command.asking import asking, place
    from intake_daemon.command.office import NothingHere

    content = file.read_bytes()
    try:
        with asking(config, demo=demo) as asked:
            found = asked.post("/explain", content, headers={"intake-brand": brand})
    except NothingHere:
        found = asyncio.run(_without_ledger(place(config, demo=demo), content, brand))
    if json:
        as_json(found)
    else:
        _show(found)


async def _without_ledger(folder: Path, content: bytes, brand: str) -> dict[str, Any]:
    """Nothing has run here yet: as if it were the first contact of all."""
    from intake_daemon.command import configuration, mails
    from intake_daemon.command.asking import Refused
    from intake_daemon.command.building import utc_now
    from router.api import Refusal
    from router.desk import ComplaintsDesk
    from router.ledger.lookup import trying

    configured = configuration.read(folder)
    try:
        message = await mails.as_message(configured, content, brand, utc_now())
    except Refusal as refusal:
        raise Refused(refusal.status, refusal.code, refusal.detail) from None
    tried = trying.tried(
        None,
        ComplaintsDesk(configured.rules),
        message,
        utc_now(),
        key=configured.rules.key,
        installation=configured.settings.installation.name,
    )
    about = message.model_dump(mode="json", include={"id", "brand", "channel", "contact_at", "remarks"})
    return {"message": about, **tried}


def _show(found: Mapping[str, Any]) -> None:
    from intake_daemon.command.telling import happened, safe

    about = found["message"]
    print(f"a mail for {about['brand']}, contact {about['id']}")
    if found["known"] != "no":
        print("  it was held before: it would be counted as a repeat, and nothing else. The first time it would be:")
    if about["remarks"]:
        print(f"  read with remarks: {', '.join(about['remarks'])}")
    for finding in found["findings"]:
        print(f"  {finding}")
    reason = f" ({found['reason']})" if found["reason"] else ""
    print(f"it would be: {found['disposition']}{reason}, {found['reference']}")
    for event in found["events"]:
        print(f"{event['sequence']:>3}  {happened(event)}")
    for letter in found["notices"]:
        print(f"\n{letter['purpose']} by {letter['connector']}, in {letter['language']}:")
        print(f"  From: {letter['sender_name']} <{letter['sender_address']}>")
        print(f"  To: {safe(letter['to']['value'])}")
        print(f"  Subject: {safe(letter['subject'])}\n")
        for line in letter["text"].strip().splitlines():
            print(f"  {safe(line)}".rstrip())
