"""The fake is what Twilio's own library takes for Twilio: sending, listing, files, refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.fakes.twilio import FakeAccount
from tests.promises import PNG
from tests.twilio.payloads import OURS, THEIRS, sms


class Elsewhere(TwilioHttpClient):  # type: ignore[misc]
    """The library's own client, that finds Twilio at the fake's address."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def request(self, method: str, url: str, **said: Any) -> Any:  # noqa: ANN401 -- the library's
        """The same request, there."""
        return super().request(method, url.replace("https://api.twilio.com", self.url), **said)


@pytest.fixture
def client(account: FakeAccount) -> Any:  # noqa: ANN401 -- untyped
    """The library, logged in."""
    return Client(account.sid, account.token, http_client=Elsewhere(account.twilio.url))


def test_the_library_sends(account: FakeAccount, client: Any) -> None:  # noqa: ANN401
    """A message is created and named; what the fake keeps is what was asked for."""
    made = client.messages.create(to=THEIRS, from_=OURS, body="Received.")
    assert (made.status, made.account_sid) == ("queued", account.sid)
    assert [each["sid"] for each in account.seen()["sent"]] == [made.sid]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"to": "nobody", "from_": OURS, "body": "x"}, 21211),
        ({"to": THEIRS, "from_": OURS, "body": "x" * 1601}, 21617),
        ({"to": THEIRS, "from_": OURS}, 21602),
        ({"to": THEIRS, "body": "x"}, 21603),
    ],
)
def test_the_library_is_refused(client: Any, said: dict[str, str], code: int) -> None:  # noqa: ANN401
    """With Twilio's own codes."""
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**said)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_the_library_without_the_token(account: FakeAccount) -> None:
    """Nobody else gets in."""
    stranger = Client(account.sid, "wrong", http_client=Elsewhere(account.twilio.url))
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=THEIRS, from_=OURS, body="x")
    assert refused.value.code == 20003


def test_the_library_lists(account: FakeAccount, client: Any) -> None:  # noqa: ANN401
    """All pages of a day, newest first, with their times; and a message's files."""
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(7):
        account.arrived(sms(f"SM{number}", AccountSid=account.sid), at=format_datetime(now.replace(second=number)))
    found = client.messages.list(date_sent=now.date(), page_size=3)
    assert [each.sid for each in found] == [f"SM{number}" for number in reversed(range(7))]
    assert found[-1].date_sent == now.replace(second=0)
    assert client.messages.list(date_sent=datetime(2026, 1, 1, tzinfo=UTC).date()) == []
    account.keep("Messages/SM1/Media/ME1", PNG, "image/png")
    assert [each.sid for each in client.messages("SM1").media.list()] == ["ME1"]
