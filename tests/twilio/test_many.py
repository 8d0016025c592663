"""Ten thousand messages, in disorder and some of them twice: each in exactly one contact, in its conversation."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from urllib.parse import urlencode

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from tests.fakes.twilio import FakeAccount
from tests.promises import PNG
from tests.twilio.conftest import PUBLIC, answering
from tests.twilio.payloads import sms

_AT_ONCE = 20


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_ten_thousand(account: FakeAccount) -> None:
    """10,000 messages of 500 people over real HTTP, in random order, 5 % of them twice, every hundredth with a file:
    each in exactly one contact, all files there, every conversation one person's."""
    chance = random.Random(5)  # noqa: S311 -- an order, no secret
    link = account.keep("Messages/SM0/Media/ME0", PNG, "image/png")
    forms = [
        sms(
            f"SM{number:05}",
            f"Line {number}.",
            AccountSid=account.sid,
            From=f"+4477009{number % 500:05}",
            **({"NumMedia": "1", "MediaUrl0": link} if number % 100 == 0 else {}),
        )
        for number in range(10_000)
    ]
    posts = forms + chance.sample(forms, 500)
    chance.shuffle(posts)
    waiting = iter(posts)
    signing = RequestValidator(account.token)
    async with answering(account, media_seconds=30) as line:

        async def post() -> Counter[int]:
            told: Counter[int] = Counter()
            async with httpx2.AsyncClient(timeout=60) as client:
                for form in waiting:
                    headers = {
                        "x-twilio-signature": signing.compute_signature(f"{PUBLIC}/hooks/sms", form),
                        "content-type": "application/x-www-form-urlencoded",
                    }
                    body = urlencode(form).encode()
                    answer = await client.post(f"{line.url}/hooks/sms", content=body, headers=headers)
                    told[answer.status_code] += 1
            return told

        told = sum(await asyncio.gather(*(post() for _ in range(_AT_ONCE))), Counter())
        messages = [held.message for held in line.door.held.values()]
        files = line.door.files()
    assert told == {200: 10_500}
    assert Counter(message.external_id for message in messages) == Counter(form["MessageSid"] for form in forms)
    people = defaultdict(set)
    for message in messages:
        people[message.thread.conversation].add(message.sender.address("phone"))
    assert len(people) == 500
    assert all(len(who) == 1 for who in people.values())
    assert len(files) >= 100
    assert not [message for message in messages if message.remarks]
