"""The paths of an HTTP listener, and what answers at them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from aiohttp import web
from msgspec import Struct

ROOT: Final = "/mi"
XMLRPC_ROOT: Final = "/RPC2"

Page: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""Answers a GET for one path."""


class HttpPaths(Struct, frozen=True):
    """The paths that are served."""

    root: str = ROOT
    """That of JSON. Where it is that of XML too, the type of the body decides. Else it names the listener."""
    xmlrpc_root: str = XMLRPC_ROOT
    pages: Mapping[str, Page] = {}
    """What answers GET, also for web pages of the same origin."""
    takes_requests: bool = True
    """Whether POST is served; else there is nothing but the pages, and clients may name this host by any address."""
    hosts_setting: str = "mi.http_hosts"
    """The setting that names the hosts to answer to."""
    linked: frozenset[str] = frozenset()
    """The pages to which a link of any web page may lead: they show nothing without a token."""
