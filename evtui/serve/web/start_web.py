"""Starts the browser door at an address."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from anyio import to_thread
from anyio.abc import TaskGroup

from evtui.core.clocks import Clocks
from evtui.mi.listeners.http_connection import HttpLimits
from evtui.mi.listeners.http_paths import HttpPaths
from evtui.mi.listeners.server_certificate import CertificateError, ServerCertificate
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.web.kept_consoles import KeptConsoles, RunConsole
from evtui.serve.web.page_files import page_files
from evtui.serve.web.web_door import WebDoor
from evtui.serve.web.web_settings import WebConfig
from evtui.serve.web.web_tokens import TokenRoles, WebTokens

SOCKET_PATH: Final = "/terminal"
"""Where the page opens its WebSocket."""

Serve: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
"""`serve_http` with its dispatcher."""


async def open_web(
    settings: WebConfig, serve: Serve, sessions: Sessions, run: RunConsole, clocks: Clocks, tasks: TaskGroup
) -> tuple[str, ...]:
    """Open the browser door; it closes when the tasks are cancelled. `run` runs the console of a session.

    Returns lines that say where it listens, and what to open to see the console.

    raises ListenError. CertificateError: the certificate or its key cannot be used.
    """
    tokens = WebTokens.settle(settings.token, settings.operator_token)
    consoles = KeptConsoles(tasks, sessions, run, settings.grace)
    door = WebDoor(TokenRoles(tokens, clocks.monotonic), sessions, consoles)
    pages = {**page_files(), SOCKET_PATH: door.handle}
    certificate = await to_thread.run_sync(web_certificate, settings)
    limits = HttpLimits(connections=settings.connections, per_address=settings.connections_per_address)
    paths = HttpPaths("/", pages=pages, takes_requests=False, hosts_setting="web.hosts", linked=frozenset({"/"}))
    url: str = await tasks.start(
        partial(serve, settings.listen or "", hosts=settings.hosts, limits=limits, paths=paths, certificate=certificate)
    )
    is_made = settings.token is None and settings.operator_token is None
    return (f"listening on {url}", f"in a browser: {page_link(url, tokens) if is_made else url}")


def web_certificate(settings: WebConfig) -> ServerCertificate | None:
    """Read the certificate of the door; None when it is not encrypted. Blocks. raises CertificateError."""
    if settings.cert_file is None:
        if settings.key_file is not None:
            raise CertificateError(f"web.key_file {settings.key_file}: web.cert_file, its certificate, is missing")
        return None
    key = None if settings.key_file is None else Path(settings.key_file).expanduser()
    return ServerCertificate(Path(settings.cert_file).expanduser(), key)


def page_link(url: str, tokens: WebTokens) -> str:
    """Write the link that opens the page. Its token stands behind `#`: browsers send that to no server."""
    token = tokens.viewer or tokens.operator or ""
    return f"{url}#token={quote(token, safe='')}"
