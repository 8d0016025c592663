"""What an operator wrote, as typed and frozen values; or every fault in it, each with its file and line.

    reading     YAML 1.2 with line numbers into any pydantic model; `${ENV}` and `${file:…}`
    saying      what pydantic found, in an operator's words
    intake      the types of `intake.yaml`: the installation, its doors, connectors and brands
    loading     `intake.yaml` read whole, with what must hold between its parts
    reference   docs/settings.md, made from the same models, so that it cannot grow stale

Rules
-----
1. Strict is for what operators write: an unknown key, a wrong type, a missing value stops the start.
2. All faults are told at once, each as `file:line: what is wrong. What to write.`
3. A secret is never in the file: it is `${NAME}` from the environment or `${file:/path}`; no fault repeats its value.
"""

from intake_daemon.settings.intake import (
    Addresses,
    Brand,
    Breaker,
    Endpoint,
    Installation,
    Journal,
    Listen,
    Sender,
    Settings,
    Staff,
    Subscription,
    Web,
)
from intake_daemon.settings.loading import Kinds, installation_key, load_settings
from intake_daemon.settings.proving import Canaries, Reconcile
from intake_daemon.settings.reading import Document, Loc, Strict, open_document, read
from intake_daemon.settings.reference import settings_reference
from intake_daemon.settings.saying import did_you_mean
from intake_daemon.settings.spelling import Mail, Word

__all__ = [
    "Addresses",
    "Brand",
    "Breaker",
    "Canaries",
    "Document",
    "Endpoint",
    "Installation",
    "Journal",
    "Kinds",
    "Listen",
    "Loc",
    "Mail",
    "Reconcile",
    "Sender",
    "Settings",
    "Staff",
    "Strict",
    "Subscription",
    "Web",
    "Word",
    "did_you_mean",
    "installation_key",
    "load_settings",
    "open_document",
    "read",
    "settings_reference",
]
