"""`make bench-mail`: how many mails a second are read, and how long other sessions wait while a hostile one is.

    reading   ours and the standard library (`email.policy.default`: structure, words, files) in alternated rounds of
              one run; the median of the rounds, and how many times faster
    waiting   each hostile mail through the way that `accept` takes (here, in a thread, or in a process of its own),
              while a clock on the same loop counts: the worst delay, beside the worst of an idle loop

Numbers of one machine at one moment; only ratios can be compared. What is left unread of hostile mail is said by its
remarks: the standard library has no limits.
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from connectors.email import Reading, parse  # noqa: E402
from intake_daemon.aside import Aside  # noqa: E402
from intake_daemon.contract import Can, Raw  # noqa: E402
from intake_daemon.life import Source  # noqa: E402
from tests.email.test_any_bytes import HOSTILE, deep, wide  # noqa: E402

ROUNDS = 5
SECONDS = 0.2
"""Of one round; the machine may be somebody else's too."""
ours: Callable[[Raw], Any] = partial(parse, reading=Reading(authserv_ids=frozenset({"mx.shop.example"})))


def letter(*, page: bool = False, photo: int = 0, words: int = 60) -> bytes:
    """An ordinary complaint, as clients write them."""
    written = EmailMessage()
    written["From"] = "Anna Bērziņa <anna@mail.example>"
    written["To"] = "complaints@shop.example"
    written["Subject"] = "Sūdzība par kurpēm"
    written["Date"] = "Tue, 3 Feb 2026 10:15:00 +0200"
    written["Message-ID"] = "<a1@mail.example>"
    written["In-Reply-To"] = "<b2@shop.example>"
    text = "Labdien! Kurpju zole atlīmējās pēc vienas nedēļas, lūdzu atgriezt naudu.\n" * (words // 10)
    quote = "On Mon, 2 Feb 2026 at 09:00, Shop <shop@shop.example> wrote:\n> Thank you for your order.\n> Your shop\n"
    written.set_content(f"{text}\n{quote}")
    if page:
        lines = "".join(f"<p>{line}</p>" for line in text.splitlines())
        written.add_alternative(f"<html><body>{lines}<blockquote>{quote}</blockquote></body></html>", subtype="html")
    if photo:
        content = b"\xff\xd8\xff\xe0" + os.urandom(photo)
        written.add_attachment(content, maintype="image", subtype="jpeg", filename="zole.jpg")
    return written.as_bytes()


def stdlib(raw: Raw) -> Any:  # noqa: ANN401 -- whatever it finds
    """The same with what everybody has."""
    read = email.message_from_bytes(raw.content, policy=email.policy.default)
    said = [str(read[name]) for name in ("from", "to", "subject", "date", "message-id", "in-reply-to")]
    body = read.get_body(("plain", "html"))  # type: ignore[attr-defined]
    words = body.get_content() if body is not None else ""
    files = [part.get_payload(decode=True) for part in read.walk() if part.get_filename()]
    return said, words, files


def rate(read: Callable[[Raw], Any], raw: Raw) -> float:
    """Mails a second, in one round."""
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        try:
            read(raw)
        except (LookupError, RecursionError, ValueError):
            return 0.0
        count += 1
    return count / spent


def reading() -> None:
    """The first table."""
    mails = {
        "plain, 1 KiB": letter(),
        "plain and HTML, 4 KiB": letter(page=True),
        "plain and HTML, 40 KiB": letter(page=True, words=2500),
        "with a photo, 100 KiB": letter(page=True, photo=70_000),
        "with a photo, 1 MiB": letter(page=True, photo=750_000),
        "with a photo, 10 MiB": letter(page=True, photo=7_500_000),
        "hostile: 10,000 parts": wide(10_000),
        "hostile: 500 levels": deep(500),
    }
    print(f"{'reading, mails a second of CPU':<34}{'ours':>10}{'stdlib':>10}{'ratio':>8}")
    for name, content in mails.items():
        raw = Raw(content, "welzo", "message/rfc822")
        rounds = [(rate(ours, raw), rate(stdlib, raw)) for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
        ratio = f"{mine / theirs:.1f}x" if theirs else "it fails"
        print(f"{name:<34}{mine:>10,.0f}{theirs:>10,.0f}{ratio:>8}")


async def worst_while(work: Callable[[], Any]) -> tuple[float, Any]:
    """The worst delay of the loop in milliseconds while something is awaited, and what it gives."""
    worst, done = 0.0, False

    async def clock() -> None:
        nonlocal worst
        last = time.perf_counter()
        while not done:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            worst, last = max(worst, now - last - 0.001), now

    counting = asyncio.create_task(clock())
    await asyncio.sleep(0.01)
    result = await work()
    await asyncio.sleep(0.01)
    done = True
    await counting
    return worst * 1000, result


async def waiting() -> None:
    """The second table."""
    way: Any = sys.modules["intake_daemon.life.accept"]
    source = Source("smtp-in", "smtp", frozenset({Can.SOURCE_RETRIES}))
    aside = Aside()
    half: Any = SimpleNamespace(aside=aside)
    photo = base64.encodebytes(os.urandom(36_000_000))
    mails = {name: content for name, (content, _) in HOSTILE.items()}
    mails["a photo of 36 MB"] = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: image/jpeg\n"
        b"Content-Transfer-Encoding: base64\n\n" + photo + b"\n--b--\n"
    )
    mails["50 MB of HTML"] = b"Content-Type: text/html\n\n" + b"<p>hello world, this is it\n" * 1_900_000
    mails["50 MB quoted-printable"] = b"Content-Transfer-Encoding: quoted-printable\n\n" + b"w=C3=B6rld\n" * 4_500_000
    gc.collect()
    gc.freeze()  # as the daemon does once it runs
    idle, _ = await worst_while(lambda: asyncio.sleep(1))
    print(f"\n{'waiting for another session':<34}{'MB':>10}{'read in s':>10}{'worst ms':>10}  remarks")
    print(f"{'an idle loop':<34}{'':>10}{'':>10}{idle:>10.1f}")
    everything = [idle]
    for name, content in mails.items():
        raw = Raw(content, "welzo", "message/rfc822")
        began = time.perf_counter()
        worst, drafts = await worst_while(lambda raw=raw: way._read(half, source, raw, ours))  # noqa: SLF001 -- what is measured
        took = time.perf_counter() - began
        everything.append(worst)
        said = ", ".join(drafts[0].remarks)
        print(f"{name:<34}{len(content) / 1e6:>10.1f}{took:>10.2f}{worst:>10.1f}  {said}")
    aside.close()
    print(f"{'the worst of all':<34}{'':>10}{'':>10}{max(everything):>10.1f}")


if __name__ == "__main__":
    reading()
    asyncio.run(waiting())
