"""The OpenAPI 3.1 document of the internal listener, made from the table of routes and from our own types."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from router.api.table import Described, described
from router.case import Case
from router.ledger.tokens import MOST_DAYS

Json = dict[str, Any]
_REF = "#/components/schemas/"
_EVERYWHERE = (401, 403, 429, 503)
_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": ["string", "null"], "format": "date-time"}
_QUERY: dict[str, Json] = {
    "limit": _WHOLE,
    "after": {"type": "string", "description": "A position of the feed, or where the last piece ended."},
    "open": {"type": "string", "enum": ["true", "false"]},
}
_HEADERS: dict[str, str] = {
    "If-Match": 'The ETag of the case that was read, such as "12": refused with 412 when the case has moved on.',
    "Idempotency-Key": "The command's id, when its body has none: a repeated one is answered as the first time.",
    "Intake-Brand": "Whose mail it is; by default the one that it is addressed to.",
    "Intake-Contact-At": "When it first came, RFC 3339.",
}


def openapi() -> Json:
    """The document."""
    paths: Json = {}
    for each in described():
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "intake-daemon",
            "version": version("intake-daemon"),
            "description": "Cases, commands and the feed, on the internal listener. Problems are RFC 9457.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`intake token create WHO` on the daemon's machine.",
                }
            },
            "schemas": _schemas(),
        },
    }


def _operation(route: Described) -> Json:
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in route.in_path]
    parameters += [{"name": name, "in": "query", "schema": _QUERY.get(name, _TEXT)} for name in route.query]
    parameters += [
        {"name": name, "in": "header", "schema": _TEXT, "description": _HEADERS[name]} for name in route.headers
    ]
    bare = "/" in route.gives
    gives: Json = {} if bare else {"$ref": _REF + route.gives} if route.gives else {"type": "object"}
    problem = {"application/problem+json": {"schema": {"$ref": _REF + "Problem"}}}
    responses: Json = {
        str(route.status): {
            "description": HTTPStatus(route.status).phrase,
            "content": {route.gives if bare else "application/json": {"schema": gives}},
        }
    }
    for status in sorted({*route.refuses, *_EVERYWHERE}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    responses["default"] = {"description": "Not done, and why.", "content": problem}
    said: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses,
    }
    if route.takes:
        media = route.takes if "/" in route.takes else "application/json"
        schema = {"type": "string"} if "/" in route.takes else {"$ref": _REF + route.takes}
        said["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    return said


def _object(required: tuple[str, ...] = (), **properties: Json) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _schemas() -> Json:
    """Bodies and answers. Readers ignore members that they do not know: they are only added."""
    case = Case.model_json_schema(mode="serialization", ref_template=_REF + "{model}")
    shared: Json = case.pop("$defs", {})
    case["properties"] |= {
        "aliases": {"type": "array", "items": _TEXT, "description": "Other references that mean this case."},
        "earlier": {"type": "array", "items": {"type": "object"}, "description": "The same person's earlier cases."},
        "timeline": {"type": "array", "items": {"type": "object"}, "description": "Its events."},
        "notices": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Its letters, and what became of them.",
        },
        "contents": {"type": "object", "description": "Words, by id, for who may read them."},
        "due": {"type": "array", "items": {"type": "object"}, "description": "Its clocks, what is open first."},
        "now": _TIME,
        "tz": {"type": "string", "description": "Where the brand's clocks are."},
        "words": {"type": "boolean", "description": "Whether you read the words."},
    }
    summary = _object(
        ("reference", "brand", "topic", "open"),
        reference=_TEXT,
        brand=_TEXT,
        topic=_TEXT,
        open={"type": "boolean"},
        opened_at=_TIME,
        received_at=_TIME,
        acknowledged_at=_TIME,
        closed_at=_TIME,
    )
    token = _object((), id=_TEXT, principal=_TEXT, expires_at=_TIME)
    return {
        **shared,
        "Problem": _object(
            ("type", "title", "status", "code", "detail"),
            type=_TEXT,
            title=_TEXT,
            status={"type": "integer"},
            code={"type": "string", "description": "For programs."},
            detail={"type": "string", "description": "What to do, for people."},
            reason={"type": "string", "description": "Of a refused command: why, as a code."},
            missing={"type": "array", "items": _TEXT, "description": "Of a refused command: what it lacks."},
            instead={"type": "array", "items": _TEXT, "description": "Of a refused command: what may be written."},
            clause={"type": "string", "description": "Of a refused command: the policy's clause that asks for it."},
            case={"$ref": _REF + "Summary", "description": "Of a case that is not yours to read."},
        ),
        "Case": case,
        "Summary": {**summary, "description": "What everybody of the brand may know of a case (L-17 W-30)."},
        "Cases": _object(
            ("cases",),
            cases={"type": "array", "items": {"anyOf": [{"$ref": _REF + "Case"}, {"$ref": _REF + "Summary"}]}},
        ),
        "Contents": _object(
            ("event", "contents"),
            event={"type": "object"},
            contents={
                "type": "object",
                "description": "By id.",
                "additionalProperties": _object(("kind", "body"), kind=_TEXT, body={"type": "object"}),
            },
        ),
        "Command": _object(
            ("command",),
            command={"type": "string", "description": "In lower case with underscores: `review_completed`."},
            data={"type": "object", "description": "What the command needs."},
            expects={**_WHOLE, "description": "The case's sequence that was read."},
            id={"type": "string", "description": "Done once per id and principal."},
        ),
        "Outcome": _object(
            ("disposition",),
            disposition={"const": "done"},
            reference=_TEXT,
            case=_TEXT,
            events={**_WHOLE, "description": "How many events it made."},
        ),
        "Feed": _object(
            ("events", "next"),
            events={
                "type": "array",
                "items": {"type": "object", "description": "`intake schema event`, with `position`"},
            },
            next=_WHOLE,
        ),
        "Replay": _object(("queue",), queue=_TEXT, after=_WHOLE),
        "NewToken": _object(
            ("principal",),
            principal={"type": "string", "description": "An id of handlers.yaml."},
            days={"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": 90},
        ),
        "Token": {**token, "properties": {**token["properties"], "token": _TEXT}},
        "Tokens": _object(("tokens",), tokens={"type": "array", "items": token}),
    }
