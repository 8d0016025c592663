"""The ways in: uploads, the folder, mails; beside what the promises hold (test_promises.py)."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.calls import Calls, CallsSettings
from connectors.calls.call import NoCall
from connectors.calls.delivery import delivery
from connectors.calls.folder import Folder
from connectors.calls.signature import key_of, signature, verify
from connectors.email import Reading
from connectors.email import parse as parse_mail
from intake_daemon.command.handing import handing
from intake_daemon.contract import Draft, File, Held, Parse, Raw, TakesMail
from intake_daemon.errors import BadSettings, Permanent, Temporary
from tests.calls import signing
from tests.calls.test_promises import SECRET, listening, recorded, settings, watching
from tests.doors import brand, world
from tests.promises import Item, a_notice, until

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = "+442079460958"

# --- uploads --------------------------------------------------------------------------------------------------------


async def test_what_an_upload_hears() -> None:
    """The references of every call in it; a word and a sentence for what is parked; nothing is held twice."""
    async with listening(max_bytes=4096) as way:
        assert await way.deliver(Item()) == "held"
        (held,) = way.door.held.values()
        told = way.answer.json()
        assert told == {"held": [{"id": held.id, "reference": held.reference}], "references": [held.reference]}
        assert await way.send(Item("2"), "twice") == "refused"
        assert (way.answer.status_code, way.answer.json()) == (409, {"error": "replayed"})
        request = way.answer.request
        more = {**request.headers, "webhook-signature": f"v1,AAAA {request.headers['webhook-signature']}"}
        again = await way.client.post("/hooks/line", content=request.content, headers=more)
        assert again.status_code == 409
        assert len(way.door.held) == 2
        assert way.door.refusals == {"replayed": 2}

        answer = await way.post(b'{"ciphertext": "AAAA", "recipients": []}')
        assert (answer.status_code, answer.json()["parked"]) == (202, "encrypted")
        assert [(raw.brand, reason) for raw, reason in way.door.parked] == [("welzo", "encrypted")]
        answer = await way.post(b"--b\r\nbroken", "multipart/form-data; boundary=b")
        assert (answer.status_code, answer.json()["parked"]) == (202, "unknown_format")
        answer = await way.post(b"x" * 5000)
        assert answer.status_code == 413
        way.door.away = True
        answer = await way.post(b"RIFF")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_whose_call_it_is() -> None:
    """By the number that was called, in what was told or in the call itself; by name; else the connector's brand."""
    async with listening(numbers={OURS: "ask4"}, country="GB") as way:
        parties = [{"tel": "+447700900123"}, {"tel": OURS}]
        vcon = {"vcon": "0.0.1", "uuid": "1", "parties": parties, "dialog": [{"type": "recording"}]}
        for metadata, transcript, whose in (
            ({"to": "020 7946 0958"}, recorded(Item("1")), "ask4"),
            ({"brand": "ask4"}, recorded(Item("2")), "ask4"),
            ({"brand": "nobody"}, recorded(Item("3")), "welzo"),
            ({}, vcon, "ask4"),
            ({"from": OURS, "to": "+447700900123"}, recorded(Item("5")), "ask4"),
        ):
            await way.post(json.dumps({"metadata": metadata, "transcript": transcript}).encode())
            assert way.door.raws[-1].brand == whose, metadata


async def test_several_calls_are_several_contacts() -> None:
    """Each begins when it began."""
    calls = [{"id": str(place), "start_time": f"2026-11-20T0{place}:00:00Z", "turns": [ROW]} for place in (1, 2)]
    async with listening() as way:
        answer = await way.post(json.dumps(calls).encode())
        assert len(answer.json()["references"]) == 2
        assert [raw.contact_at.hour for raw in way.door.raws if raw.contact_at] == [1, 2]


ROW = {"speaker": "Customer", "text": "It broke."}


def test_signatures() -> None:
    """Of the scheme's own example; any of several, by any of our secrets; none within is no shortcut."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    known = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330"}
    then = datetime.fromtimestamp(1614265330, UTC)

    def told(signatures: str, *secrets: str, now: datetime = then, at: str = "1614265330") -> str | None:
        said = {**headers, "webhook-signature": signatures, "webhook-timestamp": at}
        return verify(secrets or (secret,), said, body, now)

    assert told(known) is None
    assert told(f"v1a,AAAA v1,AAAA {known}") is None
    assert told(known, "another-secret-here", secret) is None
    assert told(known, "another-secret-here") == "signature_bad"
    assert told(known.removeprefix("v1,")) == "signature_bad"
    assert told("") == "signature_missing"
    assert told(known, now=NOW) == "signature_stale"
    for at in ("", "x", "-5", "9" * 30, "1614265330.5", "١٦١٤٢٦٥٣٣٠"):
        assert told(known, at=at) == ("signature_bad" if at else "signature_missing")
    assert key_of("whsec_***") == b"whsec_***"
    assert signature("plain-secret-of-16", "1", "2", b"") == signature("plain-secret-of-16", "1", "2", b"")


def test_what_a_body_holds() -> None:
    """Parts by their names or by what they are; JSON with both; anything else is the transcript itself."""

    def parts(*each: str) -> bytes:
        return "".join(f"--b\r\nContent-Disposition: form-data; {one}\r\n" for one in each).encode() + b"--b--\r\n"

    form = "multipart/form-data; boundary=b"
    sent = delivery(
        parts(
            'name="file"; filename="a.vtt"\r\nContent-Type: text/vtt\r\n\r\nWEBVTT',
            'name="from"\r\n\r\n+44',
            'name="x"; filename="a.MP3"\r\n\r\nID3',
            'name="note"; filename="b.txt"\r\n\r\nnote',
        ),
        form,
    )
    assert (sent.transcript, sent.beside) == (b"WEBVTT", '{"from": "+44"}')
    assert [file.name for file in sent.files] == ["a.MP3", "b.txt"]
    assert delivery(b'{"metadata": {"a": 1}, "transcript": "Agent: Hi"}').transcript == b"Agent: Hi"
    wtf = b'{"metadata": {}, "transcript": {}, "segments": []}'
    assert delivery(wtf).transcript == wtf
    for broken, code in (
        (parts('name="from"\r\n\r\n1'), "no_transcript"),
        (b"--c\r\n", "broken_multipart"),
        (parts(*['name="a"\r\n\r\n1'] * 60), "broken_multipart"),
    ):
        with pytest.raises(NoCall) as none:
            delivery(broken, form)
        assert none.value.code == code


# --- the folder -----------------------------------------------------------------------------------------------------


def folder(path: Path, *, settle: float = 0, most: int = 10_000, remove: bool = False) -> Folder:
    """A folder that is looked at by hand."""
    return Folder(path, settle=settle, most=most, remove=remove)


def names(found: Folder) -> list[str]:
    """What can be taken."""
    return [each.path.name for each in found.whole()]


def test_only_whole_files_are_taken(tmp_path: Path) -> None:
    """Not while it grows, nor what belongs to it; not hidden ones, unfinished copies, links and folders."""
    watched = folder(tmp_path, settle=60)
    call, meta = tmp_path / "a.json", tmp_path / "a.meta.json"
    call.write_text("{}")
    for name in (".hidden", "b.vtt.part", "c.tmp", "d.json~", "~lock"):
        (tmp_path / name).write_text("x")
    (tmp_path / "done").mkdir()
    (tmp_path / "link.vtt").symlink_to(call)
    assert names(watched) == []
    old = time.time() - 61
    os.utime(call, (old, old))
    assert names(watched) == ["a.json"]
    meta.write_text("{")
    assert names(watched) == []
    os.utime(meta, (old, old))
    assert names(watched) == ["a.json"]
    call.write_text('{"more": 1}')
    assert names(watched) == []


def test_what_belongs_together(tmp_path: Path) -> None:
    """By the whole name or the name without its end; what never gets its transcript is not waited with for ever."""
    for name in ("a.vtt", "a.vtt.meta.json", "a.wav", "b.json", "b.metadata.json", "c.mp3", "d.meta.json"):
        (tmp_path / name).write_bytes(b"x")
    watched = folder(tmp_path)
    found = {each.path.name: [path.name for path in each.all] for each in watched.whole()}
    assert found == {"a.vtt": ["a.vtt", "a.vtt.meta.json", "a.wav"], "b.json": ["b.json", "b.metadata.json"]}
    old = time.time() - 3601
    os.utime(tmp_path / "c.mp3", (old, old))
    assert "c.mp3" in names(watched)


def test_where_files_go(tmp_path: Path) -> None:
    """Into `done` or `parked`, beside those that have the name already; or they are removed."""
    watched = folder(tmp_path)
    for _ in range(2):
        (tmp_path / "a.vtt").write_text("x")
        (found,) = watched.whole()
        assert watched.held(found)
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["a-2.vtt", "a.vtt"]
    (tmp_path / "a.vtt").write_text("x")
    (found,) = watched.whole()
    assert watched.parked(found)
    assert (tmp_path / "parked" / "a.vtt").exists()
    (tmp_path / "a.vtt").write_text("x")
    (found,) = folder(tmp_path, remove=True).whole()
    assert folder(tmp_path, remove=True).held(found)
    assert not (tmp_path / "a.vtt").exists()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Is told by its own word; one that went while we looked is nothing."""
    watched = folder(tmp_path)
    (tmp_path / "a.vtt").write_text("x")
    (found,) = watched.whole()
    (tmp_path / "a.vtt").unlink()
    assert watched.open(found) is None
    (tmp_path / "a.vtt").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("x")
    opened = watched.open(found)
    assert opened is not None
    assert opened.fault == "folder_unreadable"


def test_a_file_that_changes_while_it_is_taken(tmp_path: Path) -> None:
    """Is not read half, and is not put away with words that are not held."""
    watched = folder(tmp_path)
    (tmp_path / "a.vtt").write_text("x")
    (found,) = watched.whole()
    (tmp_path / "a.vtt").write_text("x and more")
    assert watched.open(found) is None
    assert watched.held(found)
    assert (tmp_path / "a.vtt").read_text() == "x and more"
    assert names(watched) == ["a.vtt"]


def test_what_cannot_be_put_away(tmp_path: Path) -> None:
    """Is left, and not taken again until it changes."""
    watched = folder(tmp_path)
    (tmp_path / "a.vtt").write_text("x")
    (tmp_path / "done").write_text("a file where the folder should be")
    (found,) = [each for each in watched.whole() if each.path.name == "a.vtt"]
    assert not watched.held(found)
    assert "a.vtt" not in names(watched)
    (tmp_path / "a.vtt").write_text("xx")
    assert "a.vtt" in names(watched)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Is Temporary: it may be mounted later."""
    with pytest.raises(Temporary, match="folder_missing"):
        folder(tmp_path / "none").whole()


async def test_the_folder_at_work(tmp_path: Path) -> None:
    """The recording and what was told go with the call; what cannot be read goes to `parked` and stops nobody; what is
    too large is parked by its beginning."""
    async with watching(tmp_path, max_bytes=100_000) as way:
        assert await way.deliver(Item(files=(File("x.wav", "audio/wav", b"RIFF1"),))) == "held"
        assert [(file.name, file.content) for file in way.door.files()] == [("call-1.wav", b"RIFF1")]
        assert sorted(path.name for path in (tmp_path / "done").iterdir()) == [
            "call-1.json",
            "call-1.meta.json",
            "call-1.wav",
        ]
        (tmp_path / "broken.json").write_text("{")
        (tmp_path / "huge.txt").write_text("Agent: hello there\n" * 20_000)
        (tmp_path / "old.mp3").write_bytes(b"ID3")
        os.utime(tmp_path / "old.mp3", (0, 0))
        (tmp_path / "fine.txt").write_text("Agent: Hi\nCustomer: It broke")
        await until(lambda: not [each for each in tmp_path.iterdir() if each.is_file()], "all are taken", way.running)
        parked = sorted((reason, len(raw.content)) for raw, reason in way.door.parked)
        assert parked == [("broken_json", 1), ("no_transcript", 3), ("too_large", 65536)]
        assert sorted(path.name for path in (tmp_path / "parked").iterdir()) == ["broken.json", "huge.txt", "old.mp3"]
        assert len(way.door.held) == 2


async def test_one_process_watches(tmp_path: Path) -> None:
    """A second one waits for the first."""
    async with watching(tmp_path) as first:
        second = Calls("line", first.connector._settings, world(brand("welzo")))
        task = asyncio.create_task(second.run(first.door))
        await until(first.door.lease.locked, "the first has it")
        assert await first.deliver(Item()) == "held"
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])


# --- mails ----------------------------------------------------------------------------------------------------------

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Agent>Hi\n\n00:01.000 --> 00:02.000\n<v Customer>It broke.\n"
FILES = (
    ("a.vtt", VTT),
    ("a.meta.json", '{"call_id": "17", "from": "+447700900123", "started_at": "2026-11-20T09:00:00Z"}'),
)


def mail(*files: tuple[str, str], to: str = "calls@welzo.example", sender: str = "robot@recorder.example") -> Raw:
    """A mail with these attachments, as a door of ours hands it over."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, "A call"
    letter["Message-ID"] = "<1@recorder.example>"
    letter["Authentication-Results"] = "mx.example; dkim=pass header.d=recorder.example; dmarc=pass"
    letter.set_content("See the file.")
    for name, content in files:
        letter.add_attachment(content.encode(), maintype="application", subtype="octet-stream", filename=name)
    return Raw(letter.as_bytes(), "welzo", "message/rfc822", contact_at=NOW)


@pytest.fixture
def taker() -> Calls:
    """A connector that takes mails."""
    said = settings(
        secrets=[], mail_to=["calls@welzo.example"], mail_from=["@recorder.example"], numbers={OURS: "ask4"}
    )
    return Calls("line", CallsSettings.model_validate(said), world(brand("welzo"), brand("ask4")))


def taken(taker: Calls, raw: Raw, *vouched: str) -> list[tuple[Raw, Draft]]:
    """What it makes of a mail; `vouched`: whose word counts."""
    parse = partial(parse_mail, reading=Reading(authserv_ids=frozenset(vouched or ("mx.example",))))
    return taker.mailed(raw, parse) if taker.wants(raw) else []


def test_a_mail_that_delivers(taker: Calls) -> None:
    """Each transcript is a call, from its own beginning, with what was told and its recording; the original is the
    mail."""
    assert isinstance(taker, TakesMail)
    raw = mail(*FILES, ("a.mp3", "ID3"), ("note.txt", "This mail is confidential and meant for you."))
    ((own, draft),) = taken(taker, raw)
    assert (own.content, own.brand, own.contact_at) == (raw.content, "welzo", datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert (draft.external_id, draft.channel, draft.sender.address("phone")) == ("17", "phone", "+447700900123")
    assert [file.name for file in draft.files] == ["a.mp3"]
    assert draft.fields["mail"] == "1@recorder.example"
    two = taken(taker, mail(("a.vtt", VTT), ("b.json", json.dumps({"turns": [ROW], "to": OURS}))))
    assert [(own.brand, own.contact_at) for own, _ in two] == [("welzo", NOW), ("ask4", NOW)]
    assert "part_unreadable" not in two[0][1].remarks
    ((_, one),) = taken(taker, mail(("a.vtt", VTT), ("b.json", '{"turns": [')))
    assert "part_unreadable" in one.remarks


def test_a_mail_like_any_other(taker: Calls) -> None:
    """To another address, from somebody else, not proven, or without a transcript: nothing is taken."""
    for raw in (
        mail(*FILES, to="complaints@welzo.example"),
        mail(*FILES, sender="else@elsewhere.example"),
        mail(*FILES, sender="robot@not-recorder.example"),
        mail(),
        mail(("note.txt", "This mail is confidential and meant for you."), ("a.json", '{"ciphertext": "x"}')),
    ):
        assert taken(taker, raw) == []
    assert taken(taker, mail(*FILES), "nobody.example") == []
    assert not taker.wants(Raw(b"", "welzo", "application/json", envelope={"rcpt_to": "calls@welzo.example"}))


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"secrets": []}, "Nothing can come in"),
        ({"secrets": ["short"]}, "16 characters"),
        ({"mail_to": ["a@b.example"]}, "belong together"),
        ({"signers": ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]}, "public keys or certificates"),
        ({"signers": ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]}, "public keys or certificates"),
        ({"country": "Azerbaijan"}, "country"),
        ({"customer_channel": 0}, "customer_channel"),
    ],
)
def test_settings_that_cannot_be(changed: dict[str, Any], says: str) -> None:
    """Stop the start, and say what is wrong; a key that is one does not."""
    with pytest.raises(ValidationError, match=says) as bad:
        CallsSettings.model_validate({**settings(), **changed})
    assert SECRET not in str(bad.value)
    CallsSettings.model_validate({**settings(), "signers": [signing.public("a"), signing.pem("a", "b")]})


def test_a_brand_that_there_is_not() -> None:
    """Stops the start."""
    for changed in ({"brand": "nobody"}, {"numbers": {OURS: "nobody"}}):
        with pytest.raises(BadSettings, match="nobody"):
            Calls("line", CallsSettings.model_validate({**settings(), **changed}), world())


async def test_it_cannot_answer() -> None:
    """A transcript has no way back."""
    with pytest.raises(Permanent, match="calls_cannot_send"):
        await Calls("line", CallsSettings.model_validate(settings()), world()).reply(a_notice())


def test_two_telephone_systems_that_count_from_1(taker: Calls) -> None:
    """Have each their own call 17: who was on the other one is no part of it."""
    said = settings(secrets=[], mail_to=["calls@welzo.example"], mail_from=["@recorder.example"])
    other = Calls("shop", CallsSettings.model_validate(said), world(brand("welzo"), brand("ask4")))
    groups = [draft.part_of.group for each in (taker, other) for _, draft in taken(each, mail(*FILES)) if draft.part_of]
    assert len(groups) == len(set(groups)) == 2


async def test_a_mail_that_breaks_its_taker(taker: Calls) -> None:
    """Stays a mail like any other: the door that took it holds or parks it."""
    held: list[Raw] = []

    def broken(raw: Raw) -> list[Draft]:
        raise ValueError(raw.brand)

    async def ours(raw: Raw, parse: Parse) -> list[Held]:
        del parse
        held.append(raw)
        return []

    raw = mail(*FILES)
    await handing(ours, {"line": (taker, ours)})(raw, broken)
    assert held == [raw]
