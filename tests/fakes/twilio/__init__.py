"""A Twilio of our own: its REST service and its webhooks on the wire, in its own process, and how a test speaks to it.

    twilio = FakeTwilio(log); twilio.start()             once per session
    account = twilio.account()                           once per test: a fresh account with its own token and world
    account.deliver(url, public, form, copies=3)         a webhook, signed by twilio's own library
    account.fail("POST Messages.json", {"status": 429, "retry_after": 3})
    account.seen()                                       what was asked and sent

What it keeps of the real one stands in service.py, the wire in server.py. A failure is used up by one request:

    {"status": 500}                     an answer; nothing was done
    {"status": 400, "code": 21610}      refused, with Twilio's code
    {"status": 429, "retry_after": 3}   come later
    {"drop": "before"}                  the connection ends and nothing was done
    {"drop": "after"}                   the same, and it was done
    {"after": 500}                      answered so, although it was done
    {"slow": 0.5}                       done, answered late
    {"redirect": "https://…"}           of a file: it is elsewhere
    {"type": "text/html"}               of a file: it is something else
    {"size": 99}                        of a file: it is so long
"""

from __future__ import annotations

from typing import Any

from tests.fakes.process import Fake


class FakeTwilio(Fake):
    """The process."""

    server = "tests.fakes.twilio.server"

    def account(self) -> FakeAccount:
        """A fresh account."""
        return FakeAccount(self, self.ask("new", {}))


class FakeAccount:
    """One account of it."""

    def __init__(self, twilio: FakeTwilio, made: dict[str, str]) -> None:
        self.twilio = twilio
        self.sid = made["sid"]
        self.token = made["token"]

    def _ask(self, what: str, **said: Any) -> Any:  # noqa: ANN401 -- JSON
        return self.twilio.ask(what, {"account": self.sid, **said})

    def deliver(
        self,
        url: str,
        public: str,
        said: dict[str, Any],
        *,
        json_body: bool = False,
        copies: int = 1,
        at_once: bool = False,
        signature: str | None = None,
    ) -> list[dict[str, Any]]:
        """A webhook posted to `url`, signed as for `public`, the address that Twilio knows; its answers: `status`
        (0: none), `body`. A form, or JSON with bodySHA256. Without a connection it is called once more."""
        found: list[dict[str, Any]] = self._ask(
            "deliver",
            url=url,
            public=public,
            said=said,
            json_body=json_body,
            copies=copies,
            at_once=at_once,
            signature=signature,
        )
        return found

    def arrived(self, form: dict[str, str], *, at: str) -> None:
        """A message came in and stands in the list, whether or not a webhook told of it. `at`: RFC 2822."""
        self._ask("arrived", form=form, at=at)

    def keep(self, path: str, content: bytes, media_type: str) -> str:
        """A file under the account's own path; its address."""
        self._ask("keep", path=path, content=content.decode("latin-1"), media_type=media_type)
        return f"{self.twilio.url}/2010-04-01/Accounts/{self.sid}/{path}"

    def know(self, path: str, document: dict[str, Any]) -> None:
        """A resource: `Calls/CA….json` of the account, or `/v2/Transcripts/…` of Voice Intelligence."""
        self._ask("know", path=path, document=document)

    def fail(self, path: str, *failures: dict[str, Any]) -> None:
        """The next requests whose path ends so (`POST Messages.json`: only posts) fail like this, one after another."""
        self._ask("fail", path=path, failures=failures)

    def opt_out(self, number: str) -> None:
        """That number has said STOP to Twilio itself."""
        self._ask("opt_out", number=number)

    def news(self, sid: str, status: str, public: str, url: str, code: int = 0) -> int:
        """A status callback of a message that was sent: what it answered. `public` is replaced by `url`."""
        told: int = self._ask("news", sid=sid, status=status, public=public, url=url, code=code)["status"]
        return told

    def seen(self) -> dict[str, Any]:
        """`sent`: the messages that were created, with all that was asked for; `asked`: every request's path and
        whether it was logged in."""
        found: dict[str, Any] = self._ask("seen")
        return found
