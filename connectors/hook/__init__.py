"""Signed posts of any other system (`hook`, its manual in hook.py), read by a table of expressions.

hook        the connector                         settings    what it is configured with
signature   whether a post is its sender's        body        bytes as plain values
table       what a mapping file may say           expressions CEL, typed and compiled
loading     mapping files, tried on examples      mapping     a mapping at work
answers     answers in whatever shape             guessing    which of them is what
drafting    the common message of an item         moments     dates in several forms
links       files behind links, with limits       reading     `parse`
recorded    what `intake parse` makes of a body   mappings/   Typeform, Tally, Google Forms, Jotform, plain
"""

from __future__ import annotations

from connectors.hook.hook import Hook
from connectors.hook.loading import load, shipped
from connectors.hook.reading import parse
from connectors.hook.recorded import configured, payload, verified
from connectors.hook.settings import HookSettings
from connectors.hook.signature import verify

__all__ = ["Hook", "HookSettings", "configured", "load", "parse", "payload", "shipped", "verified", "verify"]
