"""WhatsApp, Messenger and Instagram by Meta: posts come until they are taken, every third one three times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.meta import FakeMeta
from tests.faults.doors.door import UNKIND, Got, World
from tests.faults.said import Said
from tests.meta.payloads import direct, instagram, messenger, text, value, whatsapp

_VERIFY = "faults-faults"


class Meta:
    """Kontakt's number, page and account, by turns."""

    name = "meta"
    brand = "kontakt"
    lines = False

    def __init__(self, world: World, meta: FakeMeta) -> None:
        self._world = world
        self._app = meta.app()
        self._api = meta.url
        self._said: set[int] = set()

    def connectors(self) -> Mapping[str, Any]:
        """All three."""
        app = self._app
        secrets = {"app_secret": app.secret, "verify_token": _VERIFY, "token": app.token, "api_url": self._api}
        accounts = {
            "whatsapp": {app.phone: self.brand},
            "pages": {app.page: self.brand},
            "instagram": {app.instagram: self.brand},
        }
        return {"meta": {"kind": "meta", **secrets, **accounts}}

    def say(self, said: Said) -> None:
        """Posted until somebody takes it."""
        self._said.add(said.number)
        url = f"http://127.0.0.1:{self._world.at().public}/hooks/meta"
        self._app.push(url, [self._post(said)], copies=1 if said.number % 3 else 3)

    def _post(self, said: Said) -> dict[str, Any]:
        app, words, way = self._app, said.words.text, said.of % 3
        at = int(self._world.clock.now().timestamp()) - 60
        if way == 0:
            return whatsapp(value(text(f"wamid.{said.number}", words, f"9945{said.of:08}", at), phone=app.phone))
        account = app.page if way == 1 else app.instagram
        person = f"{'7' if way == 1 else 'ig'}{said.of:08}"
        thing = direct(f"m_{said.number}", words, person, account) | {"timestamp": at * 1000}
        return messenger(thing, page=account) if way == 1 else instagram(thing, account=account)

    def heard(self) -> set[int]:
        """All of it, once no post waits to be taken; which one was taken when, Meta does not say."""
        return set() if self.waits() else set(self._said)

    def waits(self) -> bool:
        """Whether any comes again."""
        return bool(self._app.seen()["pending"])

    def be(self, mood: str, times: int) -> None:
        """What is sent meets it."""
        if mood in UNKIND:
            self._app.fail("POST messages", *[dict(UNKIND[mood])] * times)

    def got(self) -> Iterable[Got]:
        """The parts of one letter bear one mark of ours."""
        for sent in self._app.seen()["sent"]:
            person = sent.get("to") or sent["recipient"]["id"]
            words = sent["text"]["body"] if "to" in sent else sent["message"]["text"]
            mark = sent.get("biz_opaque_callback_data") or sent["message"].get("metadata") or sent["id"]
            yield Got(int(person[-8:]), mark, words, words)
