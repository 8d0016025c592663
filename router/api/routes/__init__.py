"""What each route does: it checks who asks, asks the ledger, writes down what was read, and answers.

room      what every route needs: the caller, the case, the audit
looking   status, cases, one case, its events, the feed, a trace
filed     the files of a case
acting    commands, imports, what would be done with a mail
keeping   parked letters, replays, projections, tokens
waiting   what lies aside, and open tasks
balancing the balance by door and day, and its lists
paper     the OpenAPI document and the page that shows it
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, compile_path

from router.api.answers import Refusal, answering
from router.api.office import Office
from router.api.routes.acting import Acting
from router.api.routes.balancing import Balancing
from router.api.routes.filed import Filed
from router.api.routes.keeping import Keeping
from router.api.routes.looking import Looking
from router.api.routes.paper import document, page
from router.api.routes.waiting import WaitingRoom
from router.api.table import PREFIX, TABLE, described

__all__ = ["routes"]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_PATHS = [(compile_path(each.path)[0], each.method) for each in described()]


def routes(office: Office) -> list[BaseRoute]:
    """Everything under /api/v1, and /docs."""
    rooms = (Looking(office), Filed(office), Acting(office), Keeping(office), WaitingRoom(office), Balancing(office))
    found: list[BaseRoute] = [
        Route("/docs", answering(page), methods=["GET"]),
        Route("/docs/openapi.json", answering(document), methods=["GET"]),
    ]
    for each in TABLE:
        room = next(room for room in rooms if hasattr(room, each.name))
        answer: Callable[[Request], Awaitable[Response]] = getattr(room, each.name)
        found.append(Route(PREFIX + each.path, answering(answer), methods=[each.method]))
    return [*found, Route("/api/{rest:path}", answering(_nothing), methods=_METHODS)]


async def _nothing(request: Request) -> Response:
    allowed = sorted({method for path, method in _PATHS if path.match(request.url.path)})
    if allowed:
        detail = f"This address knows {', '.join(allowed)} only."
        raise Refusal(405, "method_not_allowed", detail, headers={"allow": ", ".join(allowed)})
    raise Refusal(404, "no_such_address", "There is nothing at this address. All of them: /docs")
