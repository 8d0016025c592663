"""What the parts promise each other. Mostly words; read it beside `life.py`, which is the only place that joins them.

    Connector   one configured source (or way out); talks to the world, knows nothing of brokers, cases or policies
    Door        all of ours that a connector may touch
    Broker      letters into queues and out again: RabbitMQ, or the embedded one
    Vault       originals and attachments, by content hash
    Scanner     whether a file is harmful
    Spool       complaints held on disk while the broker is away
    Memory      what the intake half must remember across processes: cursors, leases, notices begun and done
    Chats       the lines of chats, in the same memory
    Ledger      the router half's record, and the only place where an input meets its case

Times are aware UTC datetimes; durations are seconds. `Temporary`, `Permanent` and `Unknown` (errors.py) say whose
move it is. Every promise here has one list of tests that each implementation passes (tests/promises).
"""

from __future__ import annotations

from intake_daemon.contract.broker import (
    COMMANDS,
    EVENTS,
    MESSAGES,
    NOTICES,
    PARKED,
    RECEIPTS,
    REPLIES,
    ROUTER_QUEUE,
    Broker,
    Delivery,
    Depth,
    Letter,
    Subscriber,
)
from intake_daemon.contract.canary import NOBODY, Canary, TakesCanaries
from intake_daemon.contract.chats import ChatLine, Chats, Shown
from intake_daemon.contract.connector import (
    Ask,
    BrandFacts,
    Can,
    Connector,
    ConnectorSettings,
    Door,
    Draft,
    File,
    Forwarded,
    Handler,
    Held,
    Now,
    Parse,
    Raw,
    ReadsAgain,
    SocketHandler,
    TakesMail,
    World,
)
from intake_daemon.contract.cursor import Cursor
from intake_daemon.contract.customers import CustomerDesk, Told
from intake_daemon.contract.keeping import (
    Begun,
    Memory,
    Scanner,
    Spool,
    Vault,
    Verdict,
)
from intake_daemon.contract.ledger import Input, Ledger, Outcome, Parked, Progress, Waiting
from intake_daemon.contract.offered import CanBeAsked, Offered
from intake_daemon.contract.staff import CaseLine, Colleague, News, StaffDesk

__all__ = [
    "COMMANDS",
    "EVENTS",
    "MESSAGES",
    "NOBODY",
    "NOTICES",
    "PARKED",
    "RECEIPTS",
    "REPLIES",
    "ROUTER_QUEUE",
    "Ask",
    "Begun",
    "BrandFacts",
    "Broker",
    "Can",
    "CanBeAsked",
    "Canary",
    "CaseLine",
    "ChatLine",
    "Chats",
    "Colleague",
    "Connector",
    "ConnectorSettings",
    "Cursor",
    "CustomerDesk",
    "Delivery",
    "Depth",
    "Door",
    "Draft",
    "File",
    "Forwarded",
    "Handler",
    "Held",
    "Input",
    "Ledger",
    "Letter",
    "Memory",
    "News",
    "Now",
    "Offered",
    "Outcome",
    "Parked",
    "Parse",
    "Progress",
    "Raw",
    "ReadsAgain",
    "Scanner",
    "Shown",
    "SocketHandler",
    "Spool",
    "StaffDesk",
    "Subscriber",
    "TakesCanaries",
    "TakesMail",
    "Told",
    "Vault",
    "Verdict",
    "Waiting",
    "World",
]
