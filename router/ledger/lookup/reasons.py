"""Why something is parked, and how it is put right, in words for the operator; by the reason's code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Reason(NamedTuple):
    """Two sentences."""

    why: str
    remedy: str


_AGAIN = "then: intake parked retry"
_LOOK = f"Look at it (intake parked show ID); put right what its reason names, {_AGAIN}."
REASONS: Mapping[str, Reason] = {
    "unreadable": Reason(
        "Our reader failed on it, or it is no letter of ours.",
        f"Tell us (its original is whole). With a version that can read it, {_AGAIN}.",
    ),
    "newer": Reason(
        "A newer intake-daemon wrote it, and this one does not know its form.",
        "Nothing: it goes back by itself when a process of that version starts.",
    ),
    "failed_repeatedly": Reason(
        "Deciding on it failed five times, each time alone; the journal (`failed`) has the place.",
        f"Put right what it names (a brand, a policy, a word that is gone), {_AGAIN}.",
    ),
    "returned_too_often": Reason(
        "The broker gave up on it: it came back again and again, and nobody finished it.",
        f"See why in the journal of that time, {_AGAIN}.",
    ),
    "unwritable": Reason(
        "Its words could not be written, five times, an hour apart: the template, or a value that it needs.",
        f"Put the template right (intake check), SIGHUP, {_AGAIN}.",
    ),
    "unknown_notice": Reason(
        "A receipt of a letter that the ledger does not have: a stranger's, or one that a restored database lacks.",
        "Look whose it is. After a restore: intake parked retry once the ledger is whole.",
    ),
    "too_large": Reason(
        "It is larger than what is taken there.",
        "Look at its original in the vault; a mail may be brought in as a file: intake import FILE.",
    ),
    "imap_too_large": Reason(
        "The mail is larger than `max_size`; its beginning is here.", "Raise it, or: intake import FILE."
    ),
    "imap_no_body": Reason(
        "The mail server could not give this mail; its beginning is here.",
        "Fetch it yourself, then: intake import FILE.",
    ),
    "imap_breaks": Reason(
        "Each try to fetch this mail broke the connection.", "Fetch it yourself, then: intake import FILE."
    ),
    "imap_failed": Reason("Holding this mail failed in our hands; it is whole.", f"Tell us; {_AGAIN}."),
    "unknown_number": Reason(
        "It came to a number that `numbers` of the connector does not name.",
        "Name it there, and set `from:` to that day: Twilio's list brings it again.",
    ),
    "encrypted": Reason("The transcript is encrypted, and the connector has no key.", f"Give it the key, {_AGAIN}."),
    "signature_bad": Reason(
        "The transcript is signed by nobody whom the connector knows.", f"Give it the key, {_AGAIN}."
    ),
}


def reason(code: str) -> Reason:
    """Of any code."""
    return REASONS.get(code, Reason("The door kept it for a person.", _LOOK))
