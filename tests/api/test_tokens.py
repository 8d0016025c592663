"""Tokens: shown once, kept as a hash, bound to a principal, expiring, revoked at once; wrong ones are bounded."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from intake_daemon import journal
from router.api.strangers import EVERY, FREE, Strangers
from tests.api.conftest import LATER, PLANTED, Company
from tests.desk.letters import NOON


def counted(what: str) -> float:
    """What `/metrics` says of refusals at the API."""
    labels = {"event": "refused", "where": "api", "what": what}
    return journal.REGISTRY.get_sample_value("intake_events_total", labels) or 0.0


async def test_made_here_and_used_over_the_network(company: Company, tmp_path: Path) -> None:
    """The operator of this machine makes one; with it the principal is known; the secret stands nowhere."""
    made = await company.here("POST", "/api/v1/tokens", {"principal": "desk", "days": 30})
    assert made.status == 201
    token = made.json["token"]
    assert (await company.net("GET", "/api/v1/cases", authorization=f"Bearer {token}")).status == 200
    assert (await company.net("GET", "/api/v1/cases", authorization=f"bearer {token}")).status == 200
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        dump = "\n".join(ledger.iterdump())
    assert made.json["id"] in dump
    assert token.split("_", 2)[2] not in dump
    assert token[-20:] not in dump


async def test_listed_without_its_secret(company: Company) -> None:
    """The list has whose it is, since when, by whom and until when; nothing of the secret or its hash."""
    token = await company.token("desk")
    listed = await company.here("GET", "/api/v1/tokens")
    (row,) = listed.json["tokens"]
    assert (row["principal"], row["state"], row["created_by"]) == ("desk", "valid", "test")
    assert row["expires_at"] == "2027-02-18T12:00:00Z"
    assert token.split("_", 2)[2] not in listed.body.decode()
    assert "digest" not in row


async def test_expired_is_nobodys(company: Company) -> None:
    """On its last day it holds, after it it does not, and the list says so."""
    ask = await company.as_("desk")
    company.now = NOON + LATER
    assert (await ask("GET", "/api/v1/cases")).code == "wrong_token"
    assert (await company.here("GET", "/api/v1/tokens")).json["tokens"][0]["state"] == "expired"


async def test_revoked_at_once(company: Company) -> None:
    """The next request with it is 401; revoking again changes nothing; an unknown id is told."""
    ask = await company.as_("desk")
    assert (await ask("GET", "/api/v1/cases")).status == 200
    (row,) = (await company.here("GET", "/api/v1/tokens")).json["tokens"]
    for _ in range(2):
        assert (await company.here("POST", f"/api/v1/tokens/{row['id']}/revoke")).json["state"] == "revoked"
    assert (await ask("GET", "/api/v1/cases")).status == 401
    assert (await company.here("POST", "/api/v1/tokens/000000000000/revoke")).code == "no_such_token"


async def test_only_operators_and_only_here(company: Company) -> None:
    """A token, even an operator's, makes no further token; a handler sees none."""
    ops, desk = await company.as_("ops"), await company.as_("desk")
    assert (await ops("GET", "/api/v1/tokens")).status == 200
    assert (await ops("POST", "/api/v1/tokens", {"principal": "ops"})).code == "not_here"
    assert (await desk("GET", "/api/v1/tokens")).code == "not_allowed"
    assert (await company.here("POST", "/api/v1/tokens", {"principal": "ilze"}, intake_as="ilze")).code == "not_allowed"
    assert (await company.here("POST", "/api/v1/tokens", {"principal": "nobody"})).code == "unknown_principal"
    for days in (0, 367, "9", True):
        assert (await company.here("POST", "/api/v1/tokens", {"principal": "ops", "days": days})).code == "bad_number"


async def test_who_left_has_no_way_in(company: Company) -> None:
    """A token of somebody whom handlers.yaml no longer has is as good as none."""
    token = await company.token("gone")
    assert (await company.net("GET", "/api/v1/cases", authorization=f"Bearer {token}")).code == "wrong_token"


@pytest.mark.parametrize("shown", ["", "Basic b3BzOm9wcw==", "Bearer", "Token x"])
async def test_without_a_token(company: Company, shown: str) -> None:
    """401 with the challenge of RFC 6750, whatever else a stranger says of himself; nothing of a case in it."""
    headers = {"authorization": shown} if shown else {}
    answer = await company.net("GET", company.ann, intake_as="margaret", **headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="intake"')
    assert not any(word in answer.body.decode() for word in (*PLANTED, "WLZ"))


async def test_a_wrong_secret_is_a_wrong_token(company: Company) -> None:
    """The right id with another secret, a cut one, one with something behind it: 401 invalid_token."""
    token = await company.token("desk")
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    for each in (other, token[:-1], token + "x", token.replace("intake_", ""), "intake_é_" + "x" * 43):
        answer = await company.net("GET", "/api/v1/cases", authorization=f"Bearer {each}", peer=f"10.0.1.{len(each)}")
        assert answer.code == "wrong_token", each
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_wrong_tokens_are_bounded_and_lock_nobody_out(company: Company) -> None:
    """After a few wrong ones an address hears 429; from the same address a right one passes, another may still err."""
    ask = await company.as_("desk")
    before = [counted(what) for what in ("wrong_token", "wrong_tokens")]
    wrong = [await company.net("GET", "/api/v1/cases", authorization="Bearer nonsense") for _ in range(FREE + 5)]
    assert [each.status for each in wrong] == [401] * FREE + [429] * 5
    assert [counted("wrong_token") - before[0], counted("wrong_tokens") - before[1]] == [FREE, 5]
    assert int(wrong[-1].headers["retry-after"]) == EVERY
    assert (await ask("GET", "/api/v1/cases")).status == 200
    elsewhere = await company.net("GET", "/api/v1/cases", authorization="Bearer nonsense", peer="10.9.9.9")
    assert elsewhere.status == 401
    company.ticks += EVERY
    assert (await company.net("GET", "/api/v1/cases", authorization="Bearer nonsense")).status == 401


async def test_an_answer_is_no_oracle(company: Company) -> None:
    """Unknown id, wrong secret, expired, revoked: one and the same answer."""
    expired, revoked = await company.token("desk", days=1), await company.token("desk", days=200)
    listed = (await company.here("GET", "/api/v1/tokens")).json["tokens"]
    await company.here("POST", f"/api/v1/tokens/{revoked.split('_')[1]}/revoke")
    assert len(listed) == 2
    company.now = NOON + LATER
    shown = (expired, revoked, expired[:-4] + "AAAA", "intake_000000000000_" + "A" * 43, "nonsense")
    answers = await asyncio.gather(
        *(
            company.net("GET", "/api/v1/cases", authorization=f"Bearer {each}", peer=f"10.2.0.{number}")
            for number, each in enumerate(shown)
        )
    )
    assert len({(each.status, json.dumps(each.json), each.headers["www-authenticate"]) for each in answers}) == 1


def test_strangers_are_forgotten() -> None:
    """However many addresses try, what is remembered is bounded; a /64 is one, an IPv4 in IPv6 clothes is itself."""
    now = 0.0
    strangers = Strangers(clock=lambda: now)
    for number in range(5000):
        assert strangers.wrong(f"10.{number >> 8}.{number & 255}.1") is None
    assert len(strangers._spent) == 4096
    for number in range(FREE):
        assert strangers.wrong(f"2001:db8::{number:x}") is None
    over = strangers.wrong("2001:db8::ffff")
    assert over is not None
    assert not over.told
    again = strangers.wrong("2001:db8::1")
    assert again is not None
    assert again.told
    assert strangers.wrong("2001:db8:0:1::1") is None
    assert strangers.wrong("::ffff:10.200.0.1") is None
    assert strangers.wrong("not an address") is None
