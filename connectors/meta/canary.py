"""A canary as Meta would post it: a direct message to one of our accounts, from nobody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.meta.finding import Of
from connectors.meta.signature import HEADER, sign
from connectors.meta.values import written
from intake_daemon.contract import NOBODY, Canary


def post(canary: Canary, of: Of, account: str, now: datetime) -> bytes:
    """The body. `account`: our number's, page's or Instagram account's id."""
    at, name = now.timestamp(), canary.id.replace("-", "")
    if of == "whatsapp":
        who = NOBODY["whatsapp"].removeprefix("+")
        words = {"from": who, "id": f"wamid.{name}", "timestamp": str(int(at))}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "", "phone_number_id": account},
            "contacts": [{"profile": {"name": ""}, "wa_id": who}],
            "messages": [{**words, "type": "text", "text": {"body": canary.text}}],
        }
        entry: Mapping[str, Any] = {"id": "0", "changes": [{"field": "messages", "value": value}]}
        return written({"object": "whatsapp_business_account", "entry": [entry]})
    who, ms = NOBODY["instagram" if of == "instagram" else "facebook"], int(at * 1000)
    said = {"sender": {"id": who}, "recipient": {"id": account}, "timestamp": ms}
    event = {**said, "message": {"mid": f"m_{name}", "text": canary.text}}
    about = "instagram" if of == "instagram" else "page"
    return written({"object": about, "entry": [{"id": account, "time": ms, "messaging": [event]}]})


def headers(secret: str, body: bytes) -> Mapping[str, str]:
    """What Meta puts beside it; the words are ASCII, as Meta writes all."""
    return {"content-type": "application/json", HEADER: sign(secret, body)}
