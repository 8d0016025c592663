"""Which words are new: the client's and the correspondent's are left out, the customer's never."""

from __future__ import annotations

import re

import pytest

from intake_daemon.contract import Draft
from tests.email.letters import mail, new_words, read, samples

QUOTES = samples("quotes.txt") | samples("quotes_clients.txt") | samples("quotes_older.txt")
PAGES = samples("quotes_html.txt")


def answer(subject: str, marked: str, **fields: str) -> Draft:
    """The mail that a client sends with this letter."""
    letter = marked.replace("[[", "").replace("]]", "")
    if not subject.startswith(("Complaint", "Re:")):
        fields["In_Reply_To"] = "<x@shop.example>"
    return read(mail(letter, Subject=subject, **fields))


def own_words(marked: str) -> list[str]:
    """What is marked as new, piece by piece, white space apart."""
    return [" ".join(words.split()) for words in re.findall(r"\[\[(.*?)\]\]", marked, re.DOTALL)]


@pytest.mark.parametrize(("subject", "marked"), list(QUOTES.values()), ids=list(QUOTES))
def test_the_new_words_are_the_senders_own(subject: str, marked: str) -> None:
    """Every marked word is new and nothing else is; the text stays whole."""
    draft = answer(subject, marked)
    assert [" ".join(words.split()) for words in new_words(draft).split("|")] == own_words(marked)
    assert draft.text == marked.replace("[[", "").replace("]]", "").strip("\n")


@pytest.mark.parametrize(("subject", "marked"), list(PAGES.values()), ids=list(PAGES))
def test_the_new_words_of_a_page_are_the_senders_own(subject: str, marked: str) -> None:
    """The same of letters that come as HTML only."""
    draft = answer(subject, marked, Content_Type="text/html; charset=utf-8")
    assert [" ".join(words.split()) for words in new_words(draft).split("|")] == own_words(marked)


def test_an_answer_in_html_with_quotes_is_read_like_one_in_plain_text() -> None:
    """`blockquote` becomes a quote mark, so the same rules hold."""
    page = (
        '<div dir="ltr">Still broken.</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue, 3 Feb 2026 at'
        ' 10:15, Shop &lt;<a href="mailto:info@shop.example">info@shop.example</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote"><div>Dear Anna</div><div>Kind regards</div></blockquote></div>'
    )
    draft = read(
        mail(page, Subject="Re: Case", Content_Type="text/html; charset=utf-8", In_Reply_To="<x@shop.example>")
    )
    assert new_words(draft) == "Still broken."
    assert "> Dear Anna\n> Kind regards" in draft.text


def test_thousands_of_answers_between_quotes_are_no_thousands_of_spans() -> None:
    """Beyond the limit nothing is known to be new, and the whole text counts."""
    letter = "On 3 Feb 2026 10:15, Shop wrote:\n" + "> a\nZ\n" * 5000
    draft = read(mail(letter, Subject="Re: Case"))
    assert draft.new_text == ()
    assert draft.text.count("Z") == 5000
