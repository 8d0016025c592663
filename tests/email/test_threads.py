"""What ties a mail to older ones: fields, and what a client quotes where fields are lost."""

from __future__ import annotations

from tests.email.letters import TOKEN, mail, read


def test_a_quoted_address_of_ours_names_the_notice() -> None:
    """A client that drops In-Reply-To and References still writes our address above our words."""
    letter = f"Still broken.\n\nOn 3 Feb 2026, at 10:15, Shop <care+{TOKEN}@shop.example> wrote:\n\n> Dear Anna\n"
    assert read(mail(letter, Subject="Re: Case")).thread.tokens == (TOKEN,)


def test_the_whole_of_references_counts() -> None:
    """A token far down in a long thread is found; the newest first."""
    other = TOKEN[::-1]
    references = f"<{TOKEN}@shop.example> <b@mail.example> <{other}@shop.example> <c@mail.example>"
    thread = read(mail("Hello", References=references, In_Reply_To="<c@mail.example>")).thread
    assert thread.tokens == (other, TOKEN)
    assert thread.references == (f"{TOKEN}@shop.example", "b@mail.example", f"{other}@shop.example", "c@mail.example")


def test_outlooks_index_of_a_thread_tells_an_answer() -> None:
    """Without In-Reply-To, and under a subject without a mark, a longer Thread-Index says that the mail goes on."""
    block = "From: Care <care@shop.example>\nSent: Tuesday, 3 February 2026 10:15\nTo: Anna\nSubject: Case\n\nSolved?\n"
    first = "AdFuZ6XxOH+qH5H+R76f2odV/Vn8MQ=="
    answer = "AdFuZ6XxOH+qH5H+R76f2odV/Vn8MQAAB1tA"
    for index, new in ((first, False), (answer, True)):
        draft = read(mail(f"Still broken.\n\n{block}", Subject="Case", Thread_Index=index))
        assert (draft.text[draft.new_text[0][0] : draft.new_text[-1][1]] == "Still broken.") is new
