"""One post and the answers to it: a page, or JSON for who accepts JSON.

Whatever goes wrong, everything typed goes back into the form; only files must be chosen again, since no browser lets a
page fill them in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from connectors.browser.files import Refused
from connectors.browser.tongue import language_of
from connectors.browser.typed import email_address
from connectors.web_form.answers import Form, canonical, good_key, good_link
from connectors.web_form.pages import Pages
from intake_daemon.contract import BrandFacts

_RETRY_AFTER = "30"
_WHY = {
    "kind": "error_file_refused",
    "too_large": "error_too_large",
    "too_many": "error_too_large",
    "empty": "files_again",
}


class Post:
    """One post and the answers to it: a page, or JSON for who accepts JSON."""

    def __init__(self, pages: Pages, request: Request, brand: BrandFacts, form: Form) -> None:
        self.brand = brand
        self.form = form
        self._pages = pages
        self._client = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
        self._chosen = form.values.get("lang", "") or request.query_params.get("lang", "")
        self._language = self._chosen if self._chosen in brand.languages else language_of(request, brand)
        self._key = request.headers.get("idempotency-key", "") or form.values.get("key", "")
        sent_json = request.headers.get("content-type", "").startswith("application/json")
        self._json = sent_json or "application/json" in request.headers.get("accept", "")

    def envelope(self, day: str, *, slow: bool) -> dict[str, str]:
        """What belongs to the delivery and is no answer. `day` stands in for a missing key."""
        language = self._chosen or self._language
        envelope = {"key": good_key(self._key, day), "language": language, "client_language": self._client}
        remarks = {"fast_sender": slow, "broken_form": self.form.broken}
        start = {"start": link} if (link := good_link(self.form.values.get("start", ""))) else {}
        return envelope | start | {remark: "yes" for remark, true in remarks.items() if true}

    def said(self) -> str:
        """A name for what this post says, files aside: its key and its answers."""
        return f"{self.brand.id}:{self._key}:{hashlib.sha256(canonical(self.form.values, ())).hexdigest()}"

    def thanks(self, reference: str | None, refused: Refused) -> Response:
        """It is ours. Without a reference when it could not be read: parked, a person does."""
        words = self._pages.words(self.brand, self._language)
        if self._json:
            left_out = [{"name": name, "why": why} for name, why in refused]
            body = {"reference": reference, "next": words.get("thanks_next", ""), "refused": left_out}
            return JSONResponse(body, HTTPStatus.CREATED, {"cache-control": "no-store"})
        reasons = [(name, words.get(_WHY.get(why, ""), "")) for name, why in refused]
        mail = reference is not None and email_address(self.form.values.get("email", "")) is not None
        page = self._pages.thanks(self.brand, self._language, reference=reference, mail=mail, refused=reasons)
        return page_of(page, HTTPStatus.OK)

    def later(self, after: float | None, failure: Exception | None = None) -> Response:
        """It is not ours: everything typed goes back. A `failure` that is ours is raised once the answer is out."""
        said = ("error_held", "files_again") if self.form.uploads else ("error_held",)
        response = self.again(HTTPStatus.SERVICE_UNAVAILABLE, "not_held", said=said)
        response.headers["retry-after"] = _RETRY_AFTER if after is None else str(int(after))
        if failure is not None:
            response.background = BackgroundTask(_raise, failure)
        return response

    def again(
        self, status: HTTPStatus, title: str, *, errors: Mapping[str, str] | None = None, said: Sequence[str] = ()
    ) -> Response:
        """The form as it was sent, and why it comes back. `errors`: word by field; `said`: words without a field."""
        words = self._pages.words(self.brand, self._language)
        wrong = {name: self._sentence(words, name, word) for name, word in (errors or {}).items()}
        sentences = [words[word] for word in said if words.get(word)]
        if self._json:
            return _problem(status, title, sorted(wrong), [*wrong.values(), *sentences])
        if wrong and self.form.uploads and words.get("files_again"):
            sentences.append(words["files_again"])
        values = self.form.values
        page = self._pages.form(
            self.brand,
            self._language,
            key=good_key(self._key, "") if self._key else secrets.token_urlsafe(16),
            values=values,
            errors=wrong,
            said=sentences,
            start=good_link(values.get("start", "")),
            marker=values.get("email", "") if "email" in wrong else values.get("email_seen", ""),
        )
        return page_of(page, status)

    def _sentence(self, words: Mapping[str, str], name: str, word: str) -> str:
        label = words.get(f"{name}_label", name)
        return words.get(word, word).format(field=label, brand=self.brand.name, reference="")


def wrong_in(form: Form) -> dict[str, str]:
    """What stops this post, as words by field: nothing said, or an address that looks wrong, once."""
    values = form.values
    errors = {} if values.get("description") else {"description": "error_missing"}
    email = values.get("email", "")
    if email and email_address(email) is None and email != values.get("email_seen", ""):
        errors["email"] = "error_email"
    return errors


def page_of(page: str, status: HTTPStatus, keep: str = "no-store") -> Response:
    """A page that no cache keeps, unless `keep` says otherwise."""
    # `same-origin`, since under `no-referrer` browsers say `Origin: null` even to us (Fetch, "append a request Origin")
    return HTMLResponse(page, status, {"cache-control": keep, "referrer-policy": "same-origin"})


def _problem(status: HTTPStatus, title: str, fields: list[str], sentences: list[str]) -> Response:
    """RFC 9457. `fields`: which are missing or malformed; `detail`: what to say to the person, in their language."""
    body = {"type": "about:blank", "title": title, "status": status, "fields": fields, "detail": " ".join(sentences)}
    return JSONResponse(body, status, {"cache-control": "no-store"}, media_type="application/problem+json")


async def _raise(failure: Exception) -> None:
    raise failure
