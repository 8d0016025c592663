"""Recorded transcripts in, turns out: every family, as its public documentation writes it (tests/calls/recorded)."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls.call import Call, NoCall
from connectors.calls.delivery import delivery
from connectors.calls.details import Details, details
from connectors.calls.drafting import Surroundings, draft
from connectors.calls.reading import family, read
from connectors.calls.reading.dialogue import call as dialogue
from connectors.calls.reading.subtitles import call as subtitles

RECORDED = Path(__file__).parent / "recorded"
ROWS = [{"speaker": "Customer", "text": "It broke"}]
CALL = (("agent", 0.1), ("customer", 5.0), ("agent", 9.0))
"""Who speaks from when, in most recordings."""
SPOKEN: dict[str, tuple[str, str | None, tuple[tuple[str, float], ...]]] = {
    "deepgram-utterances.json": ("deepgram", "en", CALL),
    "deepgram-paragraphs.json": ("deepgram", None, CALL),
    "deepgram-words.json": ("deepgram", None, CALL),
    "deepgram-multichannel.json": (
        "deepgram",
        None,
        (("agent", 0.1), ("agent", 2.1), ("customer", 5.0), ("agent", 9.0)),
    ),
    "deepgram-stream.jsonl": ("deepgram", None, (("agent", 0.1), ("agent", 2.1), ("customer", 5.0))),
    "assemblyai-utterances.json": ("assemblyai", "en-US", CALL),
    "assemblyai-multichannel.json": ("assemblyai", "en-US", CALL[:2]),
    "aws-speakers.json": ("aws_transcribe", "en-GB", CALL),
    "aws-channels.json": ("aws_transcribe", "en-GB", (("agent", 0.1), ("agent", 2.1), ("customer", 5.0), CALL[2])),
    "aws-call-analytics.json": (
        "aws_call_analytics",
        "en-GB",
        (("agent", 0.44), ("customer", 2.5), ("customer", 5.1), ("agent", 7.0)),
    ),
    "google-v1-diarization.json": ("google_speech", "en-GB", CALL[:2]),
    "google-v2-labels.json": ("google_speech", "en-GB", CALL[:2]),
    "google-channels.json": ("google_speech", "en-GB", (("agent", 0.0), ("customer", 0.0))),
    "openai-verbose.json": ("whisper", "en", (("unknown", 0.0), ("unknown", 5.0))),
    "openai-diarized.json": ("whisper", None, (("agent", 0.0), ("customer", 5.0))),
    "whisper-cpp.json": ("whisper", "lv", (("agent", 0.0), ("customer", 3.2))),
    "whisperx.json": ("whisper", "en", CALL[:2]),
    "faster-whisper.json": ("whisper", None, (("unknown", 0.0), ("unknown", 5.0))),
    "whisper.tsv": ("whisper", None, (("unknown", 0.0), ("unknown", 5.0))),
    "azure-batch.json": ("azure_speech", "en-GB", CALL[:2]),
    "rev-ai.json": ("rev_ai", None, CALL[:2]),
    "speechmatics.json": ("speechmatics", "en", CALL[:2]),
    "gladia.json": ("gladia", "en", CALL[:2]),
    "twilio-sentences.json": ("twilio_intelligence", None, CALL[:2]),
    "genesys.json": ("genesys", "en-GB", (("agent", 0.4), ("customer", 2.5))),
    "rows.json": ("json", None, (("agent", 0.0), ("customer", 2.5))),
    "dialogue.txt": ("dialogue", None, (("agent", 1.0), ("customer", 4.0), ("agent", 11.0))),
    "teams.vtt": ("webvtt", None, (("agent", 0.5), ("customer", 4.6), ("customer", 9.0), ("agent", 13.0))),
    "zoom.vtt": ("webvtt", None, (("agent", 1.0), ("customer", 3.5), ("customer", 7.0))),
    "cp1251.srt": ("srt", None, (("agent", 0.0), ("customer", 3.2))),
    "broken-numbers.srt": ("srt", None, (("unknown", 1.0), ("unknown", 1.0), ("unknown", 4.0), ("unknown", 7.0))),
    "vcon-0.0.1.json": ("deepgram", None, CALL),
    "vcon-0.0.2.json": ("acme", None, (("agent", 0.0), ("customer", 2.5))),
    "vcon-0.3.0.json": ("deepgram", None, (("agent", 0.1), ("agent", 2.1), ("customer", 5.0), ("agent", 9.0))),
    "vcon-0.4.0.json": ("vfun", "en-US", CALL[:2]),
    "vcon-incomplete.json": ("vcon", None, ()),
}
NONE = {
    "assemblyai-queued.json": ("not_ready", True),
    "assemblyai-webhook.json": ("not_ready", True),
    "vcon-critical.json": ("critical", False),
    "vcon-encrypted.json": ("encrypted", False),
}
"""What is no call: the code, and whether it is something else that can be read."""


def one(content: bytes | str | Any) -> Call:  # noqa: ANN401 -- or any JSON
    """The call in it."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    (found,) = read(content.encode() if isinstance(content, str) else content)
    return found


def told(found: Call) -> list[tuple[str, str]]:
    """Voice and words of each piece."""
    return [(said.voice, said.text) for said in found.said]


def test_every_recording_is_in_a_table() -> None:
    """No recording lies there that nobody reads."""
    assert sorted({*SPOKEN, *NONE}) == sorted(each.name for each in RECORDED.iterdir())


@pytest.mark.parametrize("name", SPOKEN)
def test_a_recorded_transcript(name: str) -> None:
    """Its family is found from its content; who speaks from when, in which language, how sure."""
    (found,) = read((RECORDED / name).read_bytes())
    made = draft(found, Details(), Surroundings())
    assert made.transcript is not None
    provider, language, turns = SPOKEN[name]
    assert (made.transcript.provider, made.transcript.language) == (provider, language)
    assert tuple((turn.speaker, turn.start) for turn in made.transcript.turns) == turns
    assert all(turn.end >= turn.start for turn in made.transcript.turns)
    assert all(turn.confidence is None or 0 < turn.confidence <= 1 for turn in made.transcript.turns)
    customer = " ".join(made.text[start:end] for start, end in made.new_text)
    assert customer == " ".join(t.text for t in made.transcript.turns if t.speaker != "agent")


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_call(name: str) -> None:
    """Told apart by a code: what is something else, and what cannot be read."""
    with pytest.raises(NoCall) as none:
        read((RECORDED / name).read_bytes())
    assert (none.value.code, none.value.other) == NONE[name]
    assert str(none.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "no_text"),
        (b"\x00\x01\x02\x03" * 50, "no_text"),
        (b"%PDF-1.7 rest", "no_text"),
        (b'{"vcon": "0.0.1", "parties": [', "broken_json"),
        (b'{"hello": "world"}', "unknown_format"),
        (b"[1, 2, 3]", "unknown_format"),
        (b"42", "unknown_format"),
        (b"id,amount\n1,2\n3,4\n", "unknown_format"),
        (b"<!doctype html><p>Agent: this is a page</p>", "unknown_format"),
        (b"WEBVTT\n\nNOTE nobody speaks", "no_words"),
        (b'{"call_id": "17", "from": "+447700900123", "started_at": "2026-11-20T09:30:00Z"}', "details"),
        (b'{"id": "1", "status": "error", "audio_url": "x", "error": "no speech"}', "failed"),
        (b"[" * 100_000, "unknown_format"),
        (b'{"a":' * 100_000, "broken_json"),
    ],
)
def test_what_cannot_be_read(content: bytes, code: str) -> None:
    """A clear word for each, and a sentence."""
    with pytest.raises(NoCall) as none:
        read(content)
    assert none.value.code == code


@given(content=st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    """Calls, or a clear word; never anything else."""
    try:
        found = read(content)
    except NoCall:
        return
    assert found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["0.5s", "PT1S"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                """results channels alternatives words transcript start end speaker utterances items type content
                status id segments text transcription monologues elements value sentences media_channel transcripts
                phrases
                Transcript Participants Content vcon parties dialog analysis body encoding group critical payload
                signatures signature ciphertext format recognizedPhrases nBest uuid tel channel channel_labels
                speaker_labels paragraphs timestamp chunks response channelTag url content_hash""".split()
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(document=JSON)
def test_any_json(document: object) -> None:
    """Of the words that services use, in any arrangement: calls that become common messages, or a clear word."""
    try:
        found = read(json.dumps(document).encode())
    except NoCall:
        return
    for each in found:
        made = draft(each, Details(), Surroundings())
        assert all(0 <= start <= end <= len(made.text) for start, end in made.new_text)


@given(body=st.binary(max_size=200), kind=st.sampled_from(["", "multipart/form-data; boundary=b", "multipart/x; ="]))
def test_any_delivery(body: bytes, kind: str) -> None:
    """Any body of any kind is taken apart, or refused with a clear word."""
    with suppress(NoCall):
        delivery(b"--b\r\n" + body + b"\r\n--b--", kind)
    with suppress(NoCall):
        delivery(body, kind)


@given(document=JSON)
def test_any_details(document: object) -> None:
    """Whatever is told beside a call becomes part of its message."""
    made = draft(
        Call("x", ()), details(json.dumps({"from": document, "start": document, "a": document})), Surroundings()
    )
    assert made.channel == "phone"


TEXT = st.lists(
    st.sampled_from(
        [
            "WEBVTT",
            "",
            "1",
            "00:01.000 --> 00:02.000",
            "00:00:01,5 --> x",
            "<v Ann>hello",
            "Agent: yes",
            "- no",
            "NOTE a",
        ]
    )
    | st.text(max_size=12),
    max_size=14,
)


@given(lines=TEXT, end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_subtitles_and_dialogues(lines: list[str], end: str) -> None:
    """Whatever stands in which order is read as cues, as a dialogue, or refused with a clear word."""
    text = end.join(lines)
    subtitles(text)
    with suppress(NoCall):
        dialogue(text)
    with suppress(NoCall):
        assert read(text.encode("utf-8", "replace"))


# --- subtitles and dialogues ----------------------------------------------------------------------------------------


def test_encodings() -> None:
    """UTF-8 with a mark, UTF-16 with and without, and what Windows wrote."""
    text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nKlients: Mana sūtne nav atnākusi, es gribu sūdzēties par jums.\r\n"
    words = "Mana sūtne nav atnākusi, es gribu sūdzēties par jums."
    for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1257"):
        assert told(one(text.encode(codec))) == [("Klients", words)], codec


def test_voice_tags() -> None:
    """Several in a cue, with classes, without an end, with entities; other tags are taken out."""
    vtt = (
        "WEBVTT - call 17\nLanguage: pl\n\n"
        "intro\n01:00.000 --> 01:02.000 line:0 position:20%\n"
        "<v.first.loud Jan &amp; Co>Dzień <b>dobry</b></v> <v Ewa>Nie <00:01:01.500>działa\n\n"
        "01:02.000 --> 01:03.000\n<c.x>Halo</c>?\n"
    )
    found = one(vtt)
    assert told(found) == [("Jan & Co", "Dzień dobry"), ("Ewa", "Nie działa"), ("", "Halo?")]
    assert (found.said[0].start, found.said[0].end, found.language) == (60.0, 62.0, "pl")


def test_names_before_a_colon() -> None:
    """Names that come again are voices; a word with a colon in a sentence is not."""
    srt = "\n\n".join(
        f"{place}\n00:00:0{place},000 --> 00:00:0{place},900\n{words}"
        for place, words in enumerate(["Ann: Hello.", "Bob: Yes?", "Ann: One thing: it broke.", "Bob: Oh."], 1)
    )
    assert told(one(srt)) == [("Ann", "Hello."), ("Bob", "Yes?"), ("Ann", "One thing: it broke."), ("Bob", "Oh.")]
    alone = "1\n00:00:01,000 --> 00:00:02,000\nRemember: it broke.\n\n2\n00:00:02,000 --> 00:00:03,000\nTwice.\n"
    assert told(one(alone)) == [("", "Remember: it broke."), ("", "Twice.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Agent: Hello.\nCustomer: It broke.\nAnd burns.", [("Agent", "Hello."), ("Customer", "It broke. And burns.")]),
        ("[00:01] Speaker 1: Hi\n[00:05] Speaker 2: It broke", [("Speaker 1", "Hi"), ("Speaker 2", "It broke")]),
        ("Agent (0:01): Hi\nCaller (0:05): It broke", [("Agent", "Hi"), ("Caller", "It broke")]),
        ("[Agent] Hi\n[Customer] It broke", [("Agent", "Hi"), ("Customer", "It broke")]),
        ("Ann Reed   0:03\nIt broke.\nBob Hill   0:09\nSorry.", [("Ann Reed", "It broke."), ("Bob Hill", "Sorry.")]),
        ("Müştəri: İşləmir.\nOperator: Bəli.", [("Müştəri", "İşləmir."), ("Operator", "Bəli.")]),
        ("[00:00:00.000 --> 00:00:02.000]  It broke.", [("", "It broke.")]),
        ("speaker,start,text\nagent,0,Hi\ncustomer,2,It broke", [("agent", "Hi"), ("customer", "It broke")]),
        ("**Agent:** Hello.\n\n**Customer:** It broke.", [("Agent", "Hello."), ("Customer", "It broke.")]),
        ("AGENT>> Hi\nCALLER>> It broke - twice", [("AGENT", "Hi"), ("CALLER", "It broke - twice")]),
        ("00:01\tAgent\tHi\n00:05\tCustomer\tIt broke", [("Agent", "Hi"), ("Customer", "It broke")]),
        ("Agent - Hi\nCustomer – It broke\nAnn - no voice", [("Agent", "Hi"), ("Customer", "It broke Ann - no voice")]),
        ("I bought a kettle and it broke.", [("", "I bought a kettle and it broke.")]),
    ],
)
def test_dialogues(text: str, expected: list[tuple[str, str]]) -> None:
    """As people and programs write them down."""
    assert told(one(text)) == expected


def test_names_on_a_line_of_their_own() -> None:
    """As meeting programs write cues into documents; two short lines of anybody's are no name and words."""
    cues = "0:0:0.0 --> 0:0:2.440\nBob Hill\nThank you for calling.\n\n0:0:3.0 --> 0:0:5.0\nAnn Reed\nIt broke.\n"
    assert told(one(cues)) == [("Bob Hill", "Thank you for calling."), ("Ann Reed", "It broke.")]
    poem = "00:01.000 --> 00:02.000\nIt was a\ndark night\n\n00:02.000 --> 00:03.000\nIt broke\ntwice\n"
    assert told(one(poem)) == [("", "It was a dark night"), ("", "It broke twice")]


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_several_calls_in_one_file() -> None:
    """A list, and lines, of calls are as many contacts; what is none among them is passed over."""
    calls = [{"id": str(place), "segments": [{"speaker": "Agent", "text": "Hi", "start": 1}]} for place in (1, 2)]
    assert [each.id for each in read(json.dumps(calls).encode())] == ["1", "2"]
    lines = "\n".join(map(json.dumps, [*calls, {"nothing": "here"}]))
    assert [each.id for each in read(lines.encode())] == ["1", "2"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"text": "It broke."}, [("", "It broke.")]),
        ({"text": "x", "chunks": [{"timestamp": [0.0, None], "text": " It broke."}]}, [("", "It broke.")]),
        ([{"start": 0, "end": 1, "speaker": "SPEAKER_00", "text": "Hi"}], [("SPEAKER_00", "Hi")]),
        ({"segments": [{"text": "(speaker 1) It broke", "start": 1}], "text": ""}, [("1", "It broke")]),
        ({"phrases": [{"channel": 0, "text": "Hi", "offsetMilliseconds": 5}], "durationMilliseconds": 9}, [("", "Hi")]),
        ({"entries": [{"role": "END_USER", "text": "It broke"}]}, [("END_USER", "It broke")]),
        ({"data": {"utterances": [{"speaker": 1, "text": "It broke"}]}}, [("1", "It broke")]),
        ({"transcript": "Agent: Hi\nUser: It broke"}, [("Agent", "Hi"), ("User", "It broke")]),
        ({"a": {"b": {"transcription": "It broke twice."}}}, [("", "It broke twice.")]),
        ({"call": {"transcript_object": [{"role": "user", "content": "It broke"}]}}, [("user", "It broke")]),
        ({"transcript": [{"role": "agent", "message": "Hi", "time_in_call_secs": 3}]}, [("agent", "Hi")]),
        ({"m": {"messages": [{"role": "user", "message": "It broke", "secondsFromStart": 2}]}}, [("user", "It broke")]),
        ({"Segments": [{"Transcript": {"Content": "Hi", "ParticipantRole": "AGENT"}}]}, [("AGENT", "Hi")]),
        ({"conversation": [{"speaker": "Agent", "message": "Hi"}]}, [("Agent", "Hi")]),
    ],
)
def test_other_shapes(document: object, expected: list[tuple[str, str]]) -> None:
    """Shapes that services have beside the recorded ones."""
    assert told(one(document)) == expected


def test_what_stands_beside_the_turns() -> None:
    """In a document of somebody's own making: who called, when, and whose call it is."""
    found = one({"call": {"from": "+447700900123", "startTime": "2026-11-20T09:30:00Z"}, "id": "17", "turns": ROWS})
    assert found.told == {"id": "17", "from": "+447700900123", "startTime": "2026-11-20T09:30:00Z"}
    whole = one({"customer": {"name": "Ann", "phone": "1"}, "turns": ROWS, "transcript": "Agent: Hi\nUser: Yes"})
    assert whole.told == {"customer": {"name": "Ann", "phone": "1"}}


def test_a_family_is_nobody_elses() -> None:
    """The first reader that knows a recording is its own family's."""
    for name, (provider, _, _) in SPOKEN.items():
        if name.endswith(".json") and not name.startswith(("vcon", "faster")):
            found = family(json.loads((RECORDED / name).read_text(encoding="utf-8")))
            assert found is not None
            assert found.provider == provider, name


def test_channels_with_names() -> None:
    """A channel that its source calls by name is that voice's."""
    rows = [
        {"type": "word", "channel": name, "start_time": at, "end_time": at + 1, "alternatives": [{"content": "Hi"}]}
        for at, name in enumerate(("Agent", "Customer"))
    ]
    assert [(said.channel, said.voice) for said in one({"format": "2.9", "results": rows}).said] == [
        (1, "Agent"),
        (2, "Customer"),
    ]


def test_times_without_a_unit() -> None:
    """Whole numbers at which hardly anything would have been said are milliseconds; seconds stay seconds."""
    words = "My parcel never came and nobody answers."
    turns = [
        {"speaker": "A", "start": 1000, "end": 4000, "text": words},
        {"speaker": "B", "start": 5000, "end": 9000, "text": words},
    ]
    assert [(said.start, said.end) for said in one({"sentences": turns}).said] == [(1.0, 4.0), (5.0, 9.0)]
    slow = [
        {"speaker": "A", "start": 0, "end": 4, "text": words},
        {"speaker": "B", "start": 600, "end": 1200, "text": words},
    ]
    assert [said.end for said in one({"sentences": slow}).said] == [4.0, 1200.0]
    gong = {
        "callTranscripts": [
            {"callId": "7", "transcript": [{"speakerId": "1", "sentences": [{"start": 1500, "text": "Hi"}]}]}
        ]
    }
    assert (one(gong).id, one(gong).said[0].start) == ("7", 1.5)


@pytest.mark.parametrize(
    "content",
    [
        "Agent: hi\n" + "it goes on and on\n" * 20_000,
        "1\n00:00:01,000 --> 00:00:02,000\n" + "it goes on and on\n" * 20_000,
        "Agent" + " " * 200_000 + "says nothing more",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 50_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<c.x " * 50_000,
        "00:01.000 --> 00:02.000\n" * 20_000,
        "".join(f"Name{place}: hello\n" for place in range(10_000)),
        "it said (speaker " * 20_000,
    ],
    ids=range(8),
)
def test_time_is_bounded_by_length(content: str) -> None:
    """Whatever it holds, nothing is looked at again and again; what took minutes is done before anybody notices."""
    with suppress(NoCall):
        read(content.encode())


def test_an_answer_for_several_calls() -> None:
    """Gong's for several, Google's for a batch of files: each is a call with a name of its own, and none is lost."""
    gong = [{"callId": each, "transcript": [{"sentences": [{"start": 1500, "text": f"Hi {each}"}]}]} for each in "78"]
    files = {
        f"gs://calls/{each}.wav": {"transcript": {"results": [{"alternatives": [{"transcript": f"Hi {each}"}]}]}}
        for each in "78"
    }
    batch = {"results": files}
    for document in ({"callTranscripts": gong}, {"name": "operations/1", "response": batch}, batch):
        calls = read(json.dumps(document).encode())
        assert [call.said[0].text for call in calls] == ["Hi 7", "Hi 8"]
        assert len({call.id for call in calls}) == 2


def test_what_is_no_call_among_several() -> None:
    """Is not lost without a word; one that is only not ready is not missed."""
    call = {"turns": [{"speaker": "a", "text": "It broke."}, {"speaker": "b", "text": "Oh."}]}
    (found,) = read(json.dumps([call, {"ciphertext": "x", "recipients": []}]).encode())
    assert found.remarks == ("part_unreadable",)
    (found,) = read(json.dumps([call, {"id": "1", "status": "queued", "audio_url": "x"}]).encode())
    assert found.remarks == ()
