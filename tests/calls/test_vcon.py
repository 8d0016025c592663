"""vCons: what changed between versions, signatures, what is inline and what lies elsewhere."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from connectors.calls import parse
from connectors.calls.call import Call, NoCall
from connectors.calls.reading import Keys, read
from intake_daemon.contract import Raw
from tests.calls import signing
from tests.calls.test_reading import RECORDED

UUID = "01928d46-fd43-8c6b-b9a2-279e0d16bc46"
LAST = "My parcel 4711 never came."
WORDS = f"Agent: Good morning.\nCustomer: {LAST}"


def vcon(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """A small one with a transcript."""
    plain: dict[str, Any] = {
        "vcon": "0.3.0",
        "uuid": UUID,
        "created_at": "2026-11-20T09:40:00Z",
        "parties": [{"tel": "+447700900123"}, {"tel": "+442079460958", "role": "agent"}],
        "dialog": [{"type": "recording", "start": "2026-11-20T10:30:00+01:00", "parties": [0, 1]}],
        "analysis": [{"type": "transcript", "dialog": 0, "vendor": "x", "encoding": "none", "body": WORDS}],
    }
    return plain | changes


def calls(document: Any, keys: Keys | None = None) -> list[Call]:  # noqa: ANN401 -- JSON, or text
    """The calls in it."""
    return read(document.encode() if isinstance(document, str) else json.dumps(document).encode(), keys)


def body(content: Any, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- JSON
    """An analysis with this body."""
    return [{"type": "transcript", "dialog": 0, "vendor": "x", "body": content, **more}]


def rows(who: str, what: str) -> list[dict[str, str]]:
    """The same as rows, in somebody's words."""
    return [{who: "agent", what: "Good morning."}, {who: "customer", what: LAST}]


@pytest.mark.parametrize("form", ["general", "flattened", "compact"])
def test_signed(form: str) -> None:
    """In each of its forms it is read; whether it holds is told; by somebody else's key it is refused."""
    sealed = signing.signed(vcon(), "provider", form=form)
    (plain,) = calls(sealed)
    assert plain.remarks[-1] == "signature_unverified"
    (held,) = calls(sealed, Keys((signing.public("somebody"), signing.public("provider"))))
    assert held.remarks[-1] == "signature_holds"
    assert held.said == plain.said
    with pytest.raises(NoCall, match="not by one of the keys") as none:
        calls(sealed, Keys((signing.public("somebody"),)))
    assert none.value.code == "signature_bad"


def test_signed_with_a_certificate() -> None:
    """One that the settings name, or one that leads to it; a chain that is broken or of nobody known does not."""
    good = (("provider", "middle"), ("middle", "root"))
    root, middle = signing.pem("root", "root"), signing.pem("middle", "root")
    for ours in (root, middle, signing.pem("provider", "middle")):
        (held,) = calls(signing.signed(vcon(), "provider", chain=good), Keys((ours,)))
        assert "signature_holds" in held.remarks
    forged = (
        signing.signed(vcon(), "thief", chain=good),
        signing.signed(vcon(), "provider", chain=(("provider", "middle"), ("thief", "root"))),
        signing.signed(vcon(), "thief", chain=(("thief", "thief"), ("root", "root"))),
        signing.signed(vcon(), "thief"),
    )
    for each in forged:
        with pytest.raises(NoCall, match="not by one of the keys"):
            calls(each, Keys((root,)))


def test_what_was_changed_after_it_was_signed() -> None:
    """Does not hold; nor does a signature with no algorithm, or with the public key as a secret."""
    keys = Keys((signing.public("provider"),))
    sealed = signing.signed(vcon(), "provider")
    other = base64.urlsafe_b64encode(json.dumps(vcon(subject="x")).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for forged in (
        {**sealed, "payload": other},
        {"payload": other, "signatures": [{"protected": none, "signature": ""}]},
        {"payload": other, "signature": "AAAA", "header": {"alg": "HS256"}},
        {"payload": other, "signatures": []},
        {"payload": other, "signature": 7, "protected": ["x"]},
    ):
        with pytest.raises(NoCall) as refused:
            calls(forged, keys)
        assert refused.value.code == "signature_bad"


def test_encrypted() -> None:
    """A clear word, in each form: there is no key to open it."""
    compact = ".".join(["eyJhbGciOiJSU0EtT0FFUCJ9"] * 5)
    for sealed in (compact, {"ciphertext": "AAAA", "protected": "AAAA", "iv": "A", "tag": "A"}):
        with pytest.raises(NoCall, match="encrypted") as none:
            calls(sealed)
        assert none.value.code == "encrypted"
    nested = signing.signed(vcon(), "provider")
    nested["payload"] = base64.urlsafe_b64encode(b'{"ciphertext": "AAAA", "recipients": []}').decode()
    with pytest.raises(NoCall, match="encrypted"):
        calls(nested)


def test_what_must_be_known() -> None:
    """`critical` and `must_support` with a word that we do not know forbid to read; with none, or a known one, not."""
    for name in ("critical", "must_support"):
        with pytest.raises(NoCall, match="zz"):
            calls(vcon(**{name: ["zz"]}))
        assert calls(vcon(**{name: []}))
        assert calls(vcon(**{name: ["WTF_transcription"]}))


@pytest.mark.parametrize(
    "analysis",
    [
        body(WORDS, encoding="none"),
        body(WORDS),
        body(base64.urlsafe_b64encode(WORDS.encode()).decode().rstrip("="), encoding="base64url"),
        body("WEBVTT\n\n00:01.0 --> 00:02.0\n<v Agent>Good morning.\n\n00:02.0 --> 00:04.0\n<v Customer>" + LAST),
        body(rows("speaker", "message")),
        body({"segments": rows("speaker", "text")}),
        body(json.dumps({"transcript": rows("role", "text")}), encoding="json"),
        [*body("It is short."), *body(WORDS), *body({"nothing": 1}), *body(None, url="https://x.example/t.json")],
        [{**body(WORDS)[0], "dialog": [0]}],
        [{**body(WORDS)[0], "dialog": None}],
        [{**body(WORDS)[0], "type": "Transcription"}],
    ],
    ids=range(11),
)  # fmt: skip
def test_transcripts_in_every_shape(analysis: list[dict[str, Any]]) -> None:
    """Text, JSON, rows, subtitles, base64url; of several for one dialog the one that tells most."""
    (call,) = calls(vcon(analysis=analysis))
    assert [(said.voice.lower(), said.text) for said in call.said] == [
        ("agent", "Good morning."),
        ("customer", "My parcel 4711 never came."),
    ]


def test_as_early_writers_left_them() -> None:
    """A date as in mails, a transcript without a body, roles in `meta`, a text dialog without a text, an analysis of
    another name in which two speak, and which way the call went."""
    document = vcon(
        vcon="0.0.1",
        parties=[{"tel": "+442079460958", "meta": {"role": "agent"}}, {"tel": "11361", "email": "a@b.example"}],
        dialog=[{"type": "text", "start": "Wed, 18 May 2022 23:05:05 -0000", "parties": [1, 0]}],
        analysis=[{"type": "transcript", "dialog": 0, "transcript": WORDS}],
    )
    (call,) = calls(document)
    assert [said.voice for said in call.said] == ["Agent", "Customer"]
    assert str(call.started_at).startswith("2022-05-18 23:05:05")
    assert [(party.role, party.email) for party in call.parties] == [("agent", ""), (None, "a@b.example")]
    (named,) = calls(vcon(analysis=[*body("good"), {"type": "analysis_info", "body": rows("speaker", "message")}]))
    assert len(named.said) == 1
    (other,) = calls(vcon(analysis=[{"type": "analysis_info", "dialog": 0, "body": rows("speaker", "message")}]))
    assert len(other.said) == 2
    (summed,) = calls(vcon(analysis=[{"type": "summary", "body": WORDS}, {"type": "note", "body": "One voice only."}]))
    assert summed.said == ()
    (out,) = calls(vcon(dialog=[{"type": "recording", "meta": {"direction": "outbound"}}]))
    assert out.outbound


def test_dialogs_in_order_of_time() -> None:
    """Whatever their order, by their start; a text is its first party's; each transcript within its own dialog."""
    dialogs = [
        {"type": "recording", "start": "2026-11-20T09:40:00Z", "parties": [0, 1]},
        {
            "type": "text",
            "start": "2026-11-20T09:30:00Z",
            "parties": [0, 1],
            "body": "Call me, please.",
            "encoding": "none",
        },
        {"type": "transfer", "start": "2026-11-20T09:35:00Z"},
    ]
    (call,) = calls(vcon(dialog=dialogs))
    assert [(said.voice, said.start) for said in call.said] == [("party:0", 0.0), ("Agent", 600.0), ("Customer", 600.0)]
    assert call.started_at is not None
    assert call.started_at.isoformat() == "2026-11-20T09:30:00+00:00"


def test_a_channel_for_each_party() -> None:
    """A list of lists of parties says whose each channel is."""
    (call,) = read((RECORDED / "vcon-0.3.0.json").read_bytes())
    assert {(said.channel, said.voice) for said in call.said} == {(1, "party:0"), (2, "party:1")}
    assert "appended" in call.remarks
    assert call.id == "01928d46-fd43-8c6b-b9a2-000000000001"


def test_recordings() -> None:
    """Inline ones are kept, with a remark when their hash is another; of those elsewhere the address."""
    (call,) = read((RECORDED / "vcon-0.0.2.json").read_bytes())
    assert [(file.name, file.media_type, file.content[:4]) for file in call.files] == [
        ("call.wav", "audio/x-wav", b"RIFF")
    ]
    assert (call.recording, call.fields["summary"]) == ("call.wav", "A parcel is missing.")
    assert "recording_hash_bad" not in call.remarks
    document = json.loads((RECORDED / "vcon-0.0.2.json").read_bytes())
    document["dialog"][0]["content_hash"] = "sha512-AAAA"
    (changed,) = calls(document)
    assert "recording_hash_bad" in changed.remarks
    assert changed.files == call.files
    (elsewhere,) = read((RECORDED / "vcon-0.0.1.json").read_bytes())
    assert (elsewhere.files, elsewhere.recording) == ((), "https://calls.example/ab_call.mp3")


def test_a_transcript_elsewhere() -> None:
    """It is not fetched; the call is one all the same, and says so."""
    (call,) = calls(vcon(analysis=[{"type": "transcript", "dialog": 0, "url": "https://x.example/t.json"}]))
    assert (call.said, call.remarks) == ((), ("transcript_elsewhere",))
    (bare,) = calls(vcon(analysis=[]))
    assert bare.remarks == ("no_transcript",)


def test_an_empty_one() -> None:
    """Without dialog and transcript there is no call in it."""
    with pytest.raises(NoCall) as none:
        calls(vcon(dialog=[], analysis=[]))
    assert none.value.code == "no_words"


def test_groups() -> None:
    """Those within are calls each, signed ones too; those elsewhere cannot be had."""
    inner = [
        {"uuid": "1", "body": vcon(uuid="1")},
        {"uuid": "2", "encoding": "json", "body": json.dumps(signing.signed(vcon(uuid="2"), "p"))},
    ]
    group = vcon(uuid="0", dialog=[], analysis=[], group=inner)
    found = calls(group)
    assert [(call.id, len(call.said)) for call in found] == [("1", 2), ("2", 2)]
    with pytest.raises(NoCall) as none:
        calls(vcon(dialog=[], analysis=[], group=[{"uuid": "1", "url": "https://x.example/1.vcon"}]))
    assert none.value.code == "group_elsewhere"
    deep = vcon(uuid="9")
    for _ in range(50):
        deep = vcon(dialog=[], analysis=[], group=[{"body": deep}])
    with pytest.raises(NoCall):
        calls(deep)


def test_redacted() -> None:
    """The call is that of the vCon that it was made from; an empty `redacted`, as early writers left it, is nothing."""
    (call,) = calls(vcon(redacted={"uuid": "7", "type": "pci"}))
    assert (call.id, call.remarks) == ("7", ("redacted",))
    (plain,) = calls(vcon(redacted={}, appended=None, group=[]))
    assert (plain.id, plain.remarks) == (UUID, ())


def test_a_message_beside_a_recording() -> None:
    """Who wrote a message is known; which of a recording's voices is theirs is not, so none of it is called an
    agent's."""
    row = {"start": "2026-11-20T09:00:00Z", "parties": [0, 1]}
    heard = {"segments": [{"speaker": "0", "start": 0, "end": 1, "text": "Hello?"}]}
    heard["segments"].append({"speaker": "1", "start": 1, "end": 2, "text": "It broke."})
    vcon = {
        "vcon": "0.0.1",
        "uuid": "1",
        "parties": [{"tel": "+442079460001", "role": "customer"}, {"tel": "+442079460002", "role": "agent"}],
        "dialog": [{"type": "recording", **row}, {"type": "text", **row, "encoding": "none", "body": "And more."}],
        "analysis": [{"type": "transcript", "dialog": 0, "encoding": "json", "body": heard}],
    }
    (found,) = parse(Raw(json.dumps(vcon).encode(), "welzo", "application/json"))
    assert found.transcript is not None
    told = {turn.text: turn.speaker for turn in found.transcript.turns}
    assert told == {"Hello?": "unknown", "It broke.": "unknown", "And more.": "customer"}
