"""A canary as Twilio would post it: a text to one of our numbers, from nobody's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from connectors.twilio.messages import WHATSAPP, Place
from connectors.twilio.signature import FORM, HEADER, sign
from intake_daemon.contract import NOBODY, Canary


def form(canary: Canary, account: str, ours: Place) -> Mapping[str, str]:
    """The webhook's parameters. `ours`: which of our numbers is written to."""
    sid = f"SM{canary.id.replace('-', '')}"
    sender = f"{WHATSAPP}{NOBODY['whatsapp']}" if ours.whatsapp else NOBODY["phone"]
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": account,
        "From": sender,
        "To": str(ours),
        "Body": canary.text,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }


def signed(told: Mapping[str, str], secret: str, url: str) -> tuple[bytes, Mapping[str, str]]:
    """The body, and what stands beside it. `url`: as Twilio knows our address."""
    return urlencode(told).encode(), {"content-type": FORM, HEADER: sign(secret, url, told.items())}
