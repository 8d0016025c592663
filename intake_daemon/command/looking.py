"""`intake cases`, `intake case REF`, `intake trace QUERY`: look, without changing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from intake_daemon.command.options import As, Config, Demo, Json, as_json, table


def cases(
    config: Config = None,
    *,
    handler: Annotated[str | None, typer.Option(help="Only those of this handler.")] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    is_open: Annotated[bool | None, typer.Option("--open/--closed", help="Only open, or only closed ones.")] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 50,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """List the cases, the newest first."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import age

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get("/cases", handler=handler, state=state, open=is_open, limit=limit)["cases"]
    if json:
        as_json(found)
        return
    if not found:
        print("no cases")
        return
    rows = [
        [
            each["reference"],
            each["brand"],
            each.get("state") or ("open" if each["open"] else "closed"),
            age(each["opened_at"]),
            each.get("channel"),
            each.get("language"),
            each["topic"],
            f"{each['team'] or ''}/{each['handler'] or ''}" if "team" in each else "not yours",
            _answered(each),
        ]
        for each in found
    ]
    table(
        rows, head=("reference", "brand", "state", "age", "channel", "lang", "topic", "team/handler", "customer told")
    )


def _answered(case: Mapping[str, Any]) -> str:
    if case.get("erased"):
        return "erased"
    if case["acknowledged_at"]:
        return "acknowledged"
    return f"withheld: {case['withheld']}" if case.get("withheld") else "not yet"


def case(
    reference: Annotated[str, typer.Argument(help="As the customer says it; spaces and lower case do no harm.")],
    config: Config = None,
    *,
    who: As = "",
    words: Annotated[bool, typer.Option("--words/--no-words", help="What was said, for who may read it.")] = True,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Show one case: what happened when, by whom, its notices, and the words for who may read them (--as)."""
    from intake_daemon.command.asking import asking

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get(f"/cases/{reference}")
    if not words:
        found["contents"] = {}
    if json:
        as_json(found)
        return
    _show(found, asked_words=words)


def _show(found: Mapping[str, Any], *, asked_words: bool) -> None:
    from intake_daemon.command import timeline
    from intake_daemon.command.telling import counted, notice

    place = timeline.Place(found["tz"])
    print(f"{found['reference']}  {found['brand']}  {found['state']}  {_answered(found)}  (times in {found['tz']})")
    facts = [
        ("came by", f"{found['channel']} at {found['connector']}, {counted(found['contacts'], 'contact')}"),
        ("received", place.when(found["received_at"])),
        ("about", f"{found['topic']}, in {found['language']}"),
        ("with", f"{found['handler'] or '-'} of {found['team'] or '-'}"),
        ("stage", found["stage"] if found["stage"] > 1 else ""),
        ("outcome", found["outcome"]),
        ("missing", ", ".join(found["missing"])),
        ("asked", ", ".join(found["asked"])),
        ("names", ", ".join(found["staff_named"])),
        ("special", found["special"]),
        ("also called", ", ".join(found["aliases"])),
        ("perhaps", ", ".join(found["links"])),
        ("earlier", ", ".join(f"{each['reference']} ({each['topic'] or each['state']})" for each in found["earlier"])),
    ]
    table([[name, value] for name, value in facts if value])
    print("\nWhat happened")
    contents = dict(found["contents"])
    for line, event in timeline.happened(found, place):
        print(line)
        if event is not None and asked_words:
            _words(event, contents)
    if due := list(timeline.due(found, place)):
        print("\nWhat is due")
        print("\n".join(due))
    if found["tasks"]:
        print("\nWhat must be done outside")
        for task in found["tasks"]:
            print(f"  {task['kind']} by {task['owner']}, due {place.when(task['due'])}: intake tasks show {task['id']}")
    if found["notices"]:
        print("\nLetters")
        for each in found["notices"]:
            print(f"  {place.when(each['created_at'])}  {notice(each)}")
    if not found["words"] and not found["erased"]:
        print("\nThe words are for who works on it: add --as WHO, an id of handlers.yaml.")


def _words(event: Mapping[str, Any], contents: dict[str, Any]) -> None:
    """What an event names, where it is told first: a letter is decided, sent and counted, and read once."""
    from intake_daemon.command.telling import safe

    for key in ("message", "notice", "content"):
        kept = contents.pop(event["data"].get(key), None)
        if kept is None or (key == "content" and kept["kind"] == "message"):
            continue
        for line in lines(kept):
            print(f"       | {safe(line)}".rstrip())


def lines(kept: Mapping[str, Any]) -> list[str]:
    """A content as lines: a message, a notice, a note."""
    body = kept["body"]
    if kept["kind"] == "notice":
        return [f"To: {body['to']['value']}", f"Subject: {body['subject']}", "", *body["text"].strip().splitlines()]
    if "sender" not in body:  # a note, and whatever else staff wrote
        return str(body.get("text", "")).splitlines()
    sender = body["sender"]
    people = [sender["name"] or "", *(each["value"] for each in sender["addresses"])]
    head = [f"From: {' '.join(each for each in people if each)}"]
    head += [f"Subject: {body['subject']}"] if body["subject"] else []
    head += [f"{name}: {value}" for name, value in body["fields"].items()]
    for each in body["attachments"]:
        head.append(f"File: {each['name']} ({each['media_type']}, {each['size']} bytes)")
        head += [f"  in it: {one['name']} ({one['media_type']}, {one['size']} bytes)" for one in each.get("holds", ())]
    return [*head, "", *body["text"].strip().splitlines()]


def trace(
    query: Annotated[str, typer.Argument(help="Address, Message-ID, provider id, reference, or a day (2026-11-30).")],
    config: Config = None,
    *,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Follow a contact through every step, from the door to the letter. Written into the audit."""
    from intake_daemon.command.asking import asking

    with asking(config, demo=demo, changes=False, who=who) as asked:
        found = asked.get("/trace", query=query)["found"]
    if json:
        as_json(found)
    elif not found:
        print("nothing of this is known here; what a door refused stands in the journal and in /metrics")
    told: set[str] = set()
    for each in [] if json else found:
        _trace(each, told)
    raise typer.Exit(0 if found else 1)


def _trace(found: Mapping[str, Any], told: set[str]) -> None:
    """One contact; of a case that was told before, only that."""
    from intake_daemon.command.telling import happened, notice, when

    if "parked" in found:
        print(
            f"{when(found['since'])}  parked from {found['queue']}: {found['reason']}; intake parked show {found['id']}"
        )
        return
    print(f"{when(found['received_at'])}  {found['door']}: received for {found['brand']} by {found['channel']}")
    if found["contact_at"] != found["received_at"]:
        print(f"  reached the company  {when(found['contact_at'])}")
    seen = f", delivered {found['seen']} times" if found["seen"] > 1 else ""
    print(f"  held                 contact {found['contact']}, told {found['told']}{seen}")
    for finding in found["findings"]:
        print(f"  found                {finding}")
    reason = f" ({found['reason']})" if found["reason"] else ""
    became = f"{found['disposition']}{reason} {found['case'] or ''}".rstrip()
    print(f"  decided              {when(found['decided_at'])}  {became}")
    if found["case"] in told:
        print(f"  then                 as told above, with {found['case']}\n")
        return
    told.add(found["case"] or "")
    for event in found["events"]:
        print(f"  event {event['sequence']:<14} {when(event['time'])}  {happened(event)}")
    for each in found["notices"]:
        print(f"  letter               {when(each['created_at'])}  {notice(each)}")
    print()
