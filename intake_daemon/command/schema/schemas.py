"""JSON Schemas of what travels, and the two documents that name where it travels."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from intake_daemon.broker import DELIVERY_LIMIT
from intake_daemon.contract import COMMANDS, EVENTS, MESSAGES, PARKED, RECEIPTS, ROUTER_QUEUE
from intake_daemon.events import CONTENT_TYPE, TYPES, Fact
from intake_daemon.message import Command, Message, Receipt, Value

Json = dict[str, Any]
_SHARED = "#/components/schemas/"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def message() -> Json:
    """The common message. Readers ignore fields that they do not know; within `/1` fields are only added."""
    return {"$schema": _DIALECT, "$id": "intake.message/1", **_of(Message)}


def event() -> Json:
    """Every event as it is published: one CloudEvent per type."""
    return {
        "$schema": _DIALECT,
        "$id": "intake.events",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in TYPES],
        "$defs": {name: cloud_event(fact) for name, fact in TYPES.items()},
    }


def cloud_event(fact: type[Fact]) -> Json:
    """One type of event with its envelope."""
    properties: Json = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "The same however often it is published."},
        "source": {"type": "string", "description": "`/<installation>/<brand>`"},
        "type": {"const": f"{fact.type_}.v1"},
        "subject": {"type": "string", "description": "The case's reference."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "sequence": {"type": "string", "pattern": "^[0-9]{10}$", "description": "Per case, without gaps."},
        "datacontenttype": {"const": "application/json"},
        "dataclassification": {"const": "confidential"},
        "dataref": {"type": "string", "format": "uri-reference", "description": "Where the words are fetched."},
        "data": _of(fact),
    }
    return {
        "type": "object",
        "description": " ".join((fact.__doc__ or "").split()),
        "properties": properties,
        "required": list(properties),
    }


def _of(model: type[Value]) -> Json:
    return model.model_json_schema(by_alias=True, mode="serialization")


def _hoisted(model: type[Value], shared: Json) -> Json:
    """A schema whose parts go to the document's shared ones, since `#/$defs` would mean the whole document."""
    made = model.model_json_schema(by_alias=True, mode="serialization", ref_template=_SHARED + "{model}")
    shared.update(made.pop("$defs", {}))
    return made


def asyncapi() -> Json:
    """Exchanges, queues and what travels on them, for AMQP 0-9-1."""
    shared: Json = {}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "intake-daemon",
            "version": version("intake-daemon"),
            "description": (
                "Queues are quorum queues with a positive delivery limit "
                f"({DELIVERY_LIMIT}) and at-least-once dead lettering to `{PARKED}`; subscribers' queues drop their "
                "oldest letter instead. The bindings cannot say so, so it stands here."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": _channel(EVENTS, "{brand}.{event}", "What happened to cases.", list(TYPES)),
            "messages": _channel(MESSAGES, "{brand}.{channel}", f"Contacts, to `{ROUTER_QUEUE}`.", ["message"]),
            "commands": _channel(COMMANDS, "{brand}.{command}", "What somebody wants done.", ["command"]),
            "receipts": _channel(RECEIPTS, "{connector}", "What became of notices.", ["receipt"]),
        },
        "operations": {
            "hear": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "A case system binds a queue (`subscribers:` in intake.yaml) and hears every event.",
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": "0.3.0"}},
            },
            "act": {
                "action": "receive",
                "channel": {"$ref": "#/channels/commands"},
                "summary": "A case system acts; the answer goes to `reply_to` with `correlation_id`.",
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}},
            },
        },
        "components": {
            "messages": {
                **{
                    name: {
                        "name": name,
                        "summary": " ".join((fact.__doc__ or "").split()),
                        "contentType": CONTENT_TYPE,
                        "payload": cloud_event(fact),
                    }
                    for name, fact in TYPES.items()
                },
                "message": {"name": "message", "payload": _hoisted(Message, shared)},
                "command": {"name": "command", "payload": _hoisted(Command, shared)},
                "receipt": {"name": "receipt", "payload": _hoisted(Receipt, shared)},
            },
            "schemas": shared,
        },
    }


def _channel(exchange: str, address: str, description: str, messages: list[str]) -> Json:
    names = [part.strip("{}") for part in address.split(".")]
    exchange_of: Json = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": address,
        "description": description,
        "parameters": {name: {} for name in names},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange_of, "bindingVersion": "0.3.0"}},
    }


def openapi() -> Json:
    """The API of the internal listener, from the routes themselves."""
    from router import api

    return api.openapi()
