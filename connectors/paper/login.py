"""Who opens the staff page: a token of theirs, once typed in, stays in a cookie for a working day.

The cookie is HttpOnly and SameSite=Strict, so no script reads it and no other site's page sends it; each request asks
the desk whose token it is, so what is revoked ends at once. Each form carries a word made from the token as well: a
post without it was not made on our page.
"""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.contract import Colleague, Door

COOKIE = "intake_staff"
_SECONDS = 12 * 3600
_LONGEST = 200


async def colleague(request: Request, door: Door) -> Colleague | None:
    """Who it is; None for a stranger. Raises Temporary while nobody can tell."""
    token = request.cookies.get(COOKIE, "")
    return await known(token, door)


async def known(token: str, door: Door) -> Colleague | None:
    """Whose token it is."""
    if not token or len(token) > _LONGEST or door.staff is None:
        return None
    return await door.staff.known(token)


def word(request: Request, token: str | None = None) -> str:
    """What a form of this colleague's carries. `token`: before the cookie is set."""
    token = request.cookies.get(COOKIE, "") if token is None else token
    return hmac.new(token.encode("utf-8", "replace"), b"a form of the paper page", hashlib.sha256).hexdigest()


def carries(request: Request, shown: str) -> bool:
    """Whether a post was made on our page."""
    return hmac.compare_digest(word(request).encode(), shown.encode("utf-8", "replace"))


def let_in(response: Response, request: Request, token: str, path: str) -> None:
    """From now on it is they."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=_SECONDS, path=path, httponly=True, samesite="strict", secure=secure)


def let_go(response: Response, path: str) -> None:
    """From now on it is nobody."""
    response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
