"""Transcripts of telephone calls, from anywhere (`calls`, its manual in calls.py).

call        a call as it was written down          reading     any bytes to calls: each family's reader
details     what is told beside a call             values      what may stand in anybody's JSON
speakers    who of them is the customer            greetings   what those say who answer a telephone
phones      numbers as E.164                       drafting    the common message of a call
delivery    what a body or a file holds            parsing     `parse`
signature   whether an upload is signed            upload      one signed request
folder      the watched folder                     mailed      transcripts attached to mails
recorded    what `intake parse` makes of a file
settings    what it is configured with
"""

from __future__ import annotations

from connectors.calls.calls import Calls
from connectors.calls.parsing import parse
from connectors.calls.recorded import beside, payload, verified
from connectors.calls.settings import CallsSettings
from connectors.calls.signature import verify

__all__ = ["Calls", "CallsSettings", "beside", "parse", "payload", "verified", "verify"]
