"""Any lines give sound spans: whatever heads, marks and footers stand in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.forwards import inline
from connectors.email.lines import lines_of
from connectors.email.quotes import split

LINES = st.sampled_from(
    [
        *("", " ", ">", "> ", ">> x", ">From a", "--", "-- ", "___", "________________________________", "***", ":"),
        *("On 3 Feb 2026 at 10:15, A <a@b.example> wrote:", "On 3 Feb 2026 at 10:15, A", "<a@b.example> wrote:"),
        *(
            "From: A <a@b.example>",
            "Sent: 3 Feb 2026 10:15",
            "To: C <c@d.example>",
            "Subject: Case",
            "Xyz: 1",
            "от: a@b",
        ),
        *("Nga: A <a@b.example>", "Dërguar: 03.02.2026 10:15", "> From: A <a@b.example>", "> Date: 3.2.2026 10:15"),
        *(
            "-----Original Message-----",
            "---------- Forwarded message ---------",
            "---- A wrote ----",
            "> ---- x y ----",
        ),
        *("----- Forwarded Message ----- From: A <a@b.example>To: cSent: 3 Feb 2026 10:15Subject: Case",),
        *(">>> A <a@b.example> 03.02.2026 10:15 >>>", "Begin forwarded message:", "> Begin forwarded message:", "A:"),
        *("Sent from my iPhone", "Get Outlook for iOS<https://aka.ms/o0ukef>", "Still broken.", "Why?", "http://x/=1)"),
        *(
            "\u202bבתאריך 3 בפבר׳ 2026 ב-10:15 מאת \u202aA\u202c\u200f <\u202aa@b.example\u202c\u200f>:\u202c",
            "٣ فبراير ٢٠٢٦ ١٠:١٥ <a@b.example>:",
        ),
        "This message is confidential: are you not the recipient, delete it, notify us; disclosure is prohibited.",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(LINES, st.text(max_size=12)), max_size=40).map("\n".join), st.booleans(), st.booleans())
def test_any_lines_give_sound_spans(text: str, answer: bool, forward: bool) -> None:  # noqa: FBT001 -- drawn
    """Spans stand in order within the text, none empty, none of white space only; forwards too."""
    lines = lines_of(text)
    assert "\n".join(text[line.begin : line.end] for line in lines) == text
    passed = inline(
        lines, answer=answer, forward=forward, is_staff=lambda domain: domain == "d.example", subject="Case"
    )
    for spans in (
        split(lines, answer=answer, forward=forward, subject="Re: Case").new,
        passed.new_text if passed else (),
    ):
        end = 0
        for start, stop in spans:
            assert end <= start < stop <= len(text)
            assert text[start:stop].strip()
            end = stop


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["I waited.", "The sole came off", "Why?", "", "10:15", "3.2.2026"]), min_size=1))
def test_a_letter_without_heads_is_new_from_end_to_end(written: list[str]) -> None:
    """Nothing of what a person writes plainly is left out, in an answer as little as in a first letter."""
    text = "\n".join(written).strip("\n")
    for answer in (True, False):
        new = split(lines_of(text), answer=answer, forward=False).new
        assert " ".join(" ".join(text[start:stop] for start, stop in new).split()) == " ".join(text.split())
