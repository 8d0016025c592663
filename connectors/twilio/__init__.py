"""Twilio: messages (`twilio_text`, its manual in text.py) and calls (`twilio_voice`, in voice.py) of one account.

signature   whether a request is Twilio's            payload     which kind of thing a body is
messages    the common message of SMS and WhatsApp   voices      of a call's parts
media       files by their links, with limits        lengths     how a text fits into SMS
account     Twilio's REST service, and its answers   sending     a notice, and the news of it
listing     what came while we could not be reached  parsing     `parse` of both kinds
webhook     one signed request                       spoken      what a caller hears, as TwiML
afterwards  what comes of a call when it is over     recorded    what `intake parse` makes of a body
settings    what both are configured with
"""

from __future__ import annotations

from connectors.twilio.parsing import parse
from connectors.twilio.recorded import payload, verified
from connectors.twilio.signature import verify
from connectors.twilio.text import TwilioText, TwilioTextSettings
from connectors.twilio.voice import TwilioVoice, TwilioVoiceSettings

__all__ = [
    "TwilioText",
    "TwilioTextSettings",
    "TwilioVoice",
    "TwilioVoiceSettings",
    "parse",
    "payload",
    "verified",
    "verify",
]
