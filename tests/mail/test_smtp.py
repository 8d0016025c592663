"""connectors/smtp over real sockets: what is answered, and when."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from pydantic import ValidationError

from connectors.smtp import Smtp
from tests.doors import Recorder, brand, world
from tests.mail.tls import Certificate

MAIL = b"From: Ann <ann@shop.example>\r\nSubject: Broken\r\nMessage-ID: <1@shop.example>\r\n\r\nIt is broken.\r\n"


@asynccontextmanager
async def serving(door: Recorder, **said: Any) -> AsyncIterator[tuple[Smtp, int]]:  # noqa: ANN401 -- settings
    """The connector, listening, and its port."""
    settings = Smtp.Settings.model_validate({"kind": "smtp", "listen": "127.0.0.1:0"} | said)
    connector = Smtp("smtp-in", settings, world(brand("welzo"), brand("kontakt")))
    task = asyncio.create_task(connector.run(door))
    try:
        while connector.bound is None:
            assert not task.done(), task
            await asyncio.sleep(0.005)
        yield connector, connector.bound[1]
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


def send(port: int, *to: str, mail: bytes = MAIL, mail_from: str = "ann@shop.example") -> tuple[int, bytes]:
    """Send by SMTP; the answer to the final dot, or to the refused command."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("shop.example")
        client.mail(mail_from)
        for address in to:
            code, said = client.rcpt(address)
            if code != 250:
                return code, said
        return client.data(mail)


async def test_held_then_250() -> None:
    """A mail is held with envelope and content as they came; the answer names our reference."""
    door = Recorder()
    async with serving(door) as (_, port):
        code, said = await asyncio.to_thread(send, port, "complaints@welzo.example")
    (held,) = door.held.values()
    assert (code, said.decode()) == (250, f"2.0.0 Held as {held.reference}")
    (raw,) = door.raws
    assert raw.content == MAIL
    assert raw.brand == "welzo"
    assert raw.contact_at is None
    assert dict(raw.envelope) == {
        "mail_from": "ann@shop.example",
        "rcpt_to": "complaints@welzo.example",
        "peer": "127.0.0.1",
    }


async def test_not_held_is_451() -> None:
    """While nothing can be held the answer is 451, the sender keeps the mail, and its repeat is taken."""
    door = Recorder()
    door.away = True
    async with serving(door) as (_, port):
        code, _said = await asyncio.to_thread(send, port, "complaints@welzo.example")
        assert code == 451
        assert not door.held
        door.away = False
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250
    assert len(door.held) == 1


async def test_a_fault_of_ours_is_451(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of ours is told as 451, counted, and the session goes on."""
    door = Recorder()

    async def fails(*_: object) -> Any:  # noqa: ANN401 -- never returns
        raise ZeroDivisionError

    async with serving(door) as (_, port):
        with monkeypatch.context() as patched:
            patched.setattr(door, "accept", fails)
            assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 451
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250
    assert door.refusals == {"hold_failed": 1}


@pytest.mark.parametrize(
    ("address", "taken_for"),
    [
        ("complaints@welzo.example", "welzo"),
        ("Complaints@WELZO.example", "welzo"),
        ("complaints+token@kontakt.example", "kontakt"),
        ("bounces+abcdef@welzo.example", "welzo"),
        ("bounces@welzo.example", None),
        ("nobody@welzo.example", None),
        ("complaints@elsewhere.example", None),
        ("complaints%welzo.example@elsewhere.example", None),
        ("postmaster", None),
    ],
)
async def test_recipients(address: str, taken_for: str | None) -> None:
    """Addresses of brands are taken, with a plus too, and bounce addresses; anything else is 550, never relayed."""
    door = Recorder()
    async with serving(door) as (_, port):
        code, said = await asyncio.to_thread(send, port, address)
    if taken_for:
        assert code == 250
        assert [raw.brand for raw in door.raws] == [taken_for]
    else:
        assert code in {550, 553}
        assert b"example" not in said, "what they wrote is not repeated"
        assert not door.raws


async def test_an_international_domain_is_known_in_both_forms() -> None:
    """A brand's address with a domain beyond ASCII is found whichever way the domain is written (RFC 5890)."""
    door = Recorder()
    connector = Smtp(
        "smtp-in",
        Smtp.Settings.model_validate({"kind": "smtp", "listen": "127.0.0.1:0"}),
        world(brand("welzo", "beschwerde@läden.example")),
    )
    assert connector.knows("beschwerde@xn--lden-loa.example")
    assert connector.knows("Beschwerde@LÄDEN.example")
    assert not door.raws


async def test_null_sender() -> None:
    """A bounce comes from the null sender and is taken (RFC 5321, 4.5.5)."""
    door = Recorder()
    async with serving(door) as (_, port):
        code, _said = await asyncio.to_thread(send, port, "bounces+abc@welzo.example", mail_from="")
    assert code == 250
    assert door.raws[0].envelope["mail_from"] == ""


async def test_two_brands_are_two_contacts() -> None:
    """One mail for two brands is held once for each; several addresses of one brand are one contact."""
    door = Recorder()
    to = ("complaints@welzo.example", "complaints@kontakt.example", "complaints+x@welzo.example")
    async with serving(door) as (_, port):
        assert (await asyncio.to_thread(send, port, *to))[0] == 250
        assert {raw.brand: raw.envelope["rcpt_to"] for raw in door.raws} == {
            "welzo": "complaints@welzo.example complaints+x@welzo.example",
            "kontakt": "complaints@kontakt.example",
        }


async def test_two_brands_one_not_held() -> None:
    """SMTP has one answer: 451 when either brand is not held; the repeat makes no second contact of the other."""
    door = Recorder()
    door.closed = {"kontakt"}
    to = ("complaints@welzo.example", "complaints@kontakt.example")
    async with serving(door) as (_, port):
        assert (await asyncio.to_thread(send, port, *to))[0] == 451
        door.closed = set()
        assert (await asyncio.to_thread(send, port, *to))[0] == 250
    assert len(door.held) == 2
    assert door.repeats == 1


async def talk(port: int, *steps: bytes) -> list[bytes]:
    """Write each step after the answers to the one before; all lines that were answered until the server closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines: list[bytes] = []
    try:
        lines.append(await reader.readline())
        for step in steps:
            writer.write(step)
            await writer.drain()
            if step.endswith(b"QUIT\r\n"):
                break
            while not (line := await reader.readline())[3:4].isspace():
                lines.append(line)
            lines.append(line)
        while line := await reader.readline():
            lines.append(line)
    except ConnectionError:
        pass
    finally:
        writer.close()
    return lines


def envelope(*to: str, hello: bytes = b"EHLO shop.example") -> bytes:
    """The commands before a mail's content, in one write (RFC 2920)."""
    rcpt = b"".join(b"RCPT TO:<%s>\r\n" % address.encode() for address in to)
    return hello + b"\r\nMAIL FROM:<ann@shop.example>\r\n" + rcpt + b"DATA\r\n"


async def test_lmtp_answers_for_every_recipient() -> None:
    """LMTP: one answer per accepted RCPT, in order, duplicates included; 250 for one brand, 451 for the other."""
    door = Recorder()
    door.closed = {"kontakt"}
    to = ("complaints@welzo.example", "complaints@kontakt.example", "nobody@x.example", "complaints@welzo.example")
    async with serving(door, protocol="lmtp") as (_, port):
        lines = await talk(port, envelope(*to, hello=b"LHLO mta") + MAIL + b".\r\nQUIT\r\n")
    after = lines[lines.index(next(line for line in lines if line.startswith(b"354"))) + 1 :]
    assert [line[:3] for line in after] == [b"250", b"451", b"250", b"221"]
    assert len(door.held) == 1
    assert [raw.envelope["rcpt_to"] for raw in door.raws] == ["complaints@welzo.example"]


async def test_lmtp_refuses_for_every_recipient() -> None:
    """Also what is too large is refused once per recipient, or the MTA would wait for ever."""
    door = Recorder()
    to = ("complaints@welzo.example", "complaints@kontakt.example")
    async with serving(door, protocol="lmtp", max_size=1000) as (_, port):
        lines = await talk(port, envelope(*to, hello=b"LHLO mta") + MAIL * 20 + b".\r\nQUIT\r\n")
    assert [line[:3] for line in lines[-3:]] == [b"552", b"552", b"221"]


async def test_lmtp_knows_no_ehlo() -> None:
    """LMTP greets with LHLO; EHLO and HELO are refused (RFC 2033, 4.1)."""
    async with serving(Recorder(), protocol="lmtp") as (_, port):
        lines = await talk(port, b"EHLO mta\r\n", b"HELO mta\r\n", b"LHLO mta\r\n", b"QUIT\r\n")
    assert [line[:3] for line in lines[1:3]] == [b"500", b"500"]
    assert b"250-8BITMIME\r\n" in lines


@pytest.mark.parametrize("port", [25])
def test_no_lmtp_on_port_25(port: int) -> None:
    """LMTP on port 25 is refused at the start (RFC 2033, 5)."""
    with pytest.raises(ValidationError, match="must not run on port 25"):
        Smtp.Settings.model_validate({"kind": "smtp", "protocol": "lmtp", "listen": f"0.0.0.0:{port}"})


async def test_what_is_offered() -> None:
    """EHLO tells the size limit, 8BITMIME, SMTPUTF8 and PIPELINING; no AUTH, and no STARTTLS without a certificate."""
    async with serving(Recorder(), max_size=12345, hostname="in.welzo.example") as (_, port):
        lines = await talk(port, b"EHLO x\r\n", b"QUIT\r\n")
    assert {line[4:].strip() for line in lines[1:-1]} == {
        b"in.welzo.example",
        b"SIZE 12345",
        b"8BITMIME",
        b"SMTPUTF8",
        b"PIPELINING",
    }


async def test_too_large_is_552() -> None:
    """Announced or not, what passes the limit is 552 and nothing of it is held; the session goes on."""
    door = Recorder()
    async with serving(door, max_size=1000) as (_, port):
        announced = await talk(port, b"EHLO x\r\n", b"MAIL FROM:<a@b.example> SIZE=1001\r\n", b"QUIT\r\n")
        large = envelope("complaints@welzo.example") + MAIL * 20 + b".\r\n"
        lines = await talk(port, large + envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n")
    assert announced[-2][:3] == b"552"
    codes = [line[:3] for line in lines]
    assert codes.index(b"552") < len(codes) - 2
    assert codes[-2:] == [b"250", b"221"]
    assert len(door.raws) == 1
    assert door.refusals["too_large"] == 1


async def test_limits_on_recipients_and_lines() -> None:
    """One recipient too many is 452; a line too long is 500."""
    door = Recorder()
    async with serving(door, max_recipients=2, max_line_length=1000) as (_, port):
        many = await talk(port, envelope(*(["complaints@welzo.example"] * 3)) + MAIL + b".\r\nQUIT\r\n")
        long = await talk(port, envelope("complaints@welzo.example") + b"x" * 1001 + b"\r\n.\r\nQUIT\r\n")
    assert b"452" in [line[:3] for line in many]
    assert long[-2][:3] == b"500"
    assert door.refusals == {"too_many_recipients": 1, "line_too_long": 1}


async def test_memory_is_limited_over_all_connections() -> None:
    """What comes above the limit of all connections together is told to come again; afterwards there is room again."""
    door = Recorder()
    door.gate = asyncio.Event()
    large = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 1000
    async with serving(door, max_memory=100_000) as (connector, port):
        first = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "the first is being held")
        second = await talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n")
        assert second[-2].startswith(b"452 4.3.1")
        door.gate.set()
        assert (await first)[-2].startswith(b"250")
        third = await talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n")
        assert third[-2].startswith(b"250")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example") + large)
        await until(lambda: connector._taken, "some of it is there")
        writer.close()
        await until(lambda: not connector._taken, "it is given back")
        del reader


@pytest.mark.parametrize("probe", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"], ids=repr)
async def test_smuggling(probe: bytes) -> None:
    """The commands behind a false end stay part of the first mail, which is refused with a clear word."""
    door = Recorder()
    inner = b"MAIL FROM:<boss@welzo.example>\r\nRCPT TO:<complaints@welzo.example>\r\nDATA\r\n" + MAIL
    async with serving(door) as (_, port):
        lines = await talk(port, envelope("complaints@welzo.example") + MAIL[:-2] + probe + inner + b".\r\nQUIT\r\n")
    assert lines[-2].startswith(b"550 5.6.0 ")
    assert b"CRLF" in lines[-2]
    assert not door.raws


async def test_sequence_is_kept() -> None:
    """No mail before EHLO, no recipient before MAIL, no content before a recipient; nobody can log in."""
    async with serving(Recorder()) as (_, port):
        lines = await talk(
            port,
            b"MAIL FROM:<a@b.example>\r\n",
            b"HELO x\r\n",
            b"RCPT TO:<complaints@welzo.example>\r\n",
            b"DATA\r\n",
            b"AUTH PLAIN AGEAYg==\r\n",
            b"VRFY ann@shop.example\r\n",
            b"QUIT\r\n",
        )
    assert [line[:3] for line in lines[1:]] == [b"503", b"250", b"503", b"503", b"502", b"252", b"221"]


async def test_odd_addresses_do_not_end_the_session() -> None:
    """Whatever stands where an address should be is answered with a 5xx, and the session goes on."""
    odd = [b"<a@b", b"a@b@c>", b'<"a\\', b"<(((((a@b.example>", b"<\xff\xfe@b.example>", b"<@>", b"<a b@c.example>"]
    async with serving(Recorder()) as (_, port):
        lines = await talk(
            port,
            b"EHLO x\r\n",
            b"MAIL FROM:<>\r\n",
            *(b"RCPT TO:" + one + b"\r\n" for one in odd),
            b"RCPT TO:<complaints@welzo.example>\r\n",
            b"QUIT\r\n",
        )
    answers = [line[:3] for line in lines[-len(odd) - 2 :]]
    assert all(answer.startswith(b"5") for answer in answers[: len(odd)]), answers
    assert answers[len(odd) :] == [b"250", b"221"]


async def test_a_hundred_sessions_at_once() -> None:
    """A hundred senders at once are all served, each mail held once."""
    door = Recorder()
    async with serving(door) as (_, port):

        async def one(number: int) -> bytes:
            mail = MAIL.replace(b"<1@", b"<%d@" % number) + b"x" * 20_000 + b"\r\n"
            lines = await talk(port, envelope("complaints@welzo.example"), mail + b".\r\n", b"QUIT\r\n")
            return next(line for line in lines if line.startswith(b"250 2.0.0 Held as"))

        said = await asyncio.gather(*(one(number) for number in range(100)))
    assert len(set(said)) == len(door.held) == 100


async def test_too_many_connections() -> None:
    """The one too many is told 421 and to come again; when a place is free it is served."""
    door = Recorder()
    async with serving(door, max_connections=2) as (connector, port):
        first = await asyncio.open_connection("127.0.0.1", port)
        second = await asyncio.open_connection("127.0.0.1", port)
        await first[0].readline()
        await second[0].readline()
        assert (await talk(port))[0].startswith(b"421 4.3.2")
        first[1].close()
        await until(lambda: len(connector._sessions) == 1, "the place is free")
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250
        second[1].close()
    assert door.refusals["too_many_connections"] == 1


@pytest.mark.parametrize(
    "before", [b"", b"EHLO x\r\n", envelope("complaints@welzo.example"), envelope("complaints@welzo.example") + b"Sub"]
)
async def test_who_is_too_slow_is_told_so(before: bytes) -> None:
    """Silence, before the greeting or in the middle of a mail, ends the connection with a 421."""
    door = Recorder()
    async with serving(door, idle_seconds=0.2, block_seconds=0.2) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(before)
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()
    assert said.splitlines()[-1].startswith(b"421 4.4.2")
    assert not door.raws


async def test_drop_by_drop_is_limited_too() -> None:
    """A mail that comes a byte at a time has a limit for the whole of it."""
    door = Recorder()
    async with serving(door, mail_seconds=0.3) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example"))
        said = asyncio.ensure_future(reader.read())
        while not said.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        writer.close()
    assert said.result().splitlines()[-1].startswith(b"421 4.4.2")


async def test_no_clock_runs_while_a_mail_is_held() -> None:
    """However short the session's own limits are, a mail that is being held gets its answer."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door, idle_seconds=0.1, block_seconds=0.1) as (_, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "it is being held")
        await asyncio.sleep(0.4)  # four times the limit: nothing may happen
        door.gate.set()
        assert (await answer)[-2].startswith(b"250 2.0.0 Held")


async def test_stopped_while_the_mail_comes() -> None:
    """Cancelled in the middle of DATA: closed within a second with 421, nothing held, nothing half."""
    door = Recorder()
    async with serving(door) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example") + MAIL)
        await until(lambda: b"354" in bytes(reader._buffer), "it reads the mail")  # type: ignore[attr-defined]
        began = time.monotonic()
    assert time.monotonic() - began < 1
    said = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert said.splitlines()[-1].startswith(b"421 4.3.2")
    assert not door.raws


async def test_stopped_while_a_mail_is_held() -> None:
    """Cancelled while `accept` is under way: it may end, and then its sender hears 250 before the connection closes."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door) as (connector, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\n"))
        await until(lambda: door.waiting, "it is being held")
        asyncio.get_running_loop().call_later(0.2, door.gate.set)
        idle = await asyncio.open_connection("127.0.0.1", port)
        await idle[0].readline()
        assert len(connector._sessions) == 2
    assert (await idle[0].read()).startswith(b"421 4.3.2")
    idle[1].close()
    lines = await answer
    assert [line[:3] for line in lines[-2:]] == [b"250", b"421"]
    assert len(door.held) == 1


async def test_stopped_while_a_mail_cannot_be_held() -> None:
    """Cancelled while `accept` hangs: within a second the connection is dropped, and nobody heard 250."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door) as (_, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "it is being held")
        began = time.monotonic()
    assert time.monotonic() - began < 1
    lines = await answer
    assert lines[-1].startswith(b"354")
    assert not door.held
    await until(lambda: not door.waiting, "the session has let go")


def test_under_uvloop(certificate: Certificate) -> None:
    """The daemon runs on uvloop, whose transports differ: leaving, dropping and time-outs work there too."""
    for fact in (
        test_a_hundred_sessions_at_once,
        test_too_many_connections,
        test_drop_by_drop_is_limited_too,
        test_stopped_while_a_mail_is_held,
        test_stopped_while_a_mail_cannot_be_held,
    ):
        uvloop.run(fact())
    uvloop.run(test_starttls(certificate))


async def test_the_next_port() -> None:
    """With `next_port` a taken port is passed over and `bound` tells the one that was taken; without, it fails."""
    door = Recorder()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serving(door, listen=f"127.0.0.1:{port}", next_port=True) as (connector, bound):
            assert bound != port
            assert connector.bound == ("127.0.0.1", bound)
            assert (await asyncio.to_thread(send, bound, "complaints@welzo.example"))[0] == 250
        with pytest.raises(OSError, match="address already in use"):
            await Smtp(
                "smtp-in", Smtp.Settings.model_validate({"kind": "smtp", "listen": f"127.0.0.1:{port}"}), world()
            ).run(door)


def starttls(port: int, certificate: Certificate) -> list[int]:
    """What is answered to a mail before STARTTLS, to STARTTLS, and to the mail after it."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("x")
        before = client.mail("ann@shop.example")[0]
        client.rset()
        begun = client.starttls(context=certificate.client())[0]
        client.ehlo("x")
        assert not client.has_extn("auth")
        assert not client.has_extn("starttls")
        client.mail("ann@shop.example")
        client.rcpt("complaints@welzo.example")
        return [before, begun, client.data(MAIL * 3000)[0]]


async def test_starttls(certificate: Certificate) -> None:
    """With a certificate STARTTLS is offered, and a mail goes through it whole."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (_, port):
        assert await asyncio.to_thread(starttls, port, certificate) == [250, 220, 250]
        assert door.raws[0].content == MAIL * 3000


async def test_starttls_can_be_required(certificate: Certificate) -> None:
    """With `require_tls` nothing is taken before STARTTLS."""
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key, "require_tls": True}
    async with serving(Recorder(), **tls) as (_, port):
        assert await asyncio.to_thread(starttls, port, certificate) == [530, 220, 250]


async def test_words_before_tls_do_not_count(certificate: Certificate) -> None:
    """What was sent in clear behind STARTTLS is thrown away (RFC 3207, 4.2), and the session needs a new EHLO."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        writer.write(b"EHLO x\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        writer.write(b"STARTTLS\r\nNOOP\r\n")
        assert (await reader.readline()).startswith(b"220")
        await writer.start_tls(certificate.client(), server_hostname="127.0.0.1")
        writer.write(b"MAIL FROM:<a@b.example>\r\n")
        assert (await reader.readline()).startswith(b"503")
        writer.close()


async def test_a_client_that_breaks_off_tls_harms_nobody(certificate: Certificate) -> None:
    """A handshake that is none, or is left in the middle, ends that connection only."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (connector, port):
        await talk(port, b"EHLO x\r\n", b"STARTTLS\r\n", b"this is no handshake\r\nQUIT\r\n")
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"EHLO x\r\nSTARTTLS\r\n")
        await writer.drain()
        writer.transport.abort()
        await until(lambda: not connector._sessions, "both are gone")
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250


def test_tls_settings_belong_together(certificate: Certificate) -> None:
    """A certificate without its key, and `require_tls` without either, are refused at the start."""
    plain = {"kind": "smtp", "listen": "127.0.0.1:0"}
    with pytest.raises(ValidationError, match="belong together"):
        Smtp.Settings.model_validate(plain | {"tls_certificate": certificate.certificate})
    with pytest.raises(ValidationError, match="require_tls needs"):
        Smtp.Settings.model_validate(plain | {"require_tls": True})
