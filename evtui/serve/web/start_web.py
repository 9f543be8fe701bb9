"""Starts the browser door at an address."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.core.clocks import Clocks
from evtui.mi.listeners.http import HttpPaths
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.web.kept_consoles import KeptConsoles, RunConsole
from evtui.serve.web.page_files import page_files
from evtui.serve.web.web_door import WebDoor
from evtui.serve.web.web_tokens import TokenRoles, WebTokens

SOCKET_PATH: Final = "/terminal"
"""Where the page opens its WebSocket."""

Serve: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
"""`serve_http` with all that it is given but `paths` and `task_status`."""


class WebRules(Struct, frozen=True):
    """Who may come in at the browser door, and how long a console waits for its page."""

    tokens: WebTokens
    grace: float = 30.0


async def start_web_door(
    tasks: TaskGroup, serve: Serve, sessions: Sessions, run: RunConsole, rules: WebRules, clocks: Clocks
) -> str:
    """Begin to serve pages; returns the address of the page. raises ListenError."""
    consoles = KeptConsoles(tasks, sessions, run, rules.grace)
    door = WebDoor(TokenRoles(rules.tokens, clocks.monotonic), sessions, consoles)
    pages = {**page_files(), SOCKET_PATH: door.handle}
    paths = HttpPaths("/", pages=pages, takes_requests=False, linked=frozenset({"/"}))
    url: str = await tasks.start(partial(serve, paths=paths))
    return url


def page_link(url: str, tokens: WebTokens) -> str:
    """Write the link that opens the page. Its token stands behind `#`: browsers send that to no server."""
    token = tokens.viewer or tokens.operator or ""
    return f"{url}#token={quote(token, safe='')}"
