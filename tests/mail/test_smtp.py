"""connectors/smtp over real sockets: who is taken, what is answered, and when."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.smtp import Smtp
from tests.doors import Recorder, brand, world
from tests.mail.smtp_door import MAIL, envelope, send, serving, talk


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
