"""The connection to a watch feed: the lines that come, without their ends."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio
from msgspec import Struct

from evtui.backends.remote.mi_address import HttpAddress
from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.errors import BackendError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

MAX_LINE: Final = 64 << 20
"""Bytes of the longest line that is read."""

_PIECE: Final = 1 << 18
_CONNECT_TIME: Final = 5.0


class FeedRequest(Struct, frozen=True, omit_defaults=True):
    """What is asked of a feed; docs/watch.md."""

    back: int = 0
    after: int | None = None
    instance: str = ""
    filter: str = ""

    def members(self) -> dict[str, int | str]:
        """Return what is not left out."""
        wanted = {"back": self.back or None, "after": self.after, "instance": self.instance or None}
        wanted |= {"filter": self.filter or None}
        return {name: value for name, value in wanted.items() if value is not None}


class UnixFeed(Struct, frozen=True):
    """A feed on a UNIX stream socket."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


class HttpFeed(Struct, frozen=True):
    """A feed at an HTTP listener."""

    address: HttpAddress
    """Its path is that of the feed."""
    token: str | None = None

    def __str__(self) -> str:
        return str(self.address)


FeedAddress: TypeAlias = UnixFeed | HttpFeed


@asynccontextmanager
async def open_feed(address: FeedAddress, request: FeedRequest) -> AsyncGenerator[AsyncIterable[Sequence[bytes]]]:
    """Connect and give the lines that come, several at once.

    raises BackendError: it cannot be reached, or refuses; also while lines are read.
    """
    opened = _open_unix(address, request) if isinstance(address, UnixFeed) else _open_http(address, request)
    try:
        async with opened as pieces:
            yield _lines(pieces, str(address))
    except (OSError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise BackendError(f"{address}: {why}") from error


@asynccontextmanager
async def _open_unix(address: UnixFeed, request: FeedRequest) -> AsyncGenerator[AsyncIterable[bytes]]:
    with anyio.fail_after(_CONNECT_TIME):
        stream = await anyio.connect_unix(address.path)
    async with stream:
        await stream.send(dump_bytes(Members(request.members().items())) + b"\n")

        async def pieces() -> AsyncGenerator[bytes]:
            while True:
                try:
                    yield await stream.receive(_PIECE)
                except anyio.EndOfStream:
                    return

        yield pieces()


@asynccontextmanager
async def _open_http(address: HttpFeed, request: FeedRequest) -> AsyncGenerator[AsyncIterable[bytes]]:
    import aiohttp  # on first use: only a watch over HTTP needs it

    headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
    limit = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIME)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, trust_env=False) as session,
            session.get(str(address), params=request.members(), headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise BackendError(f"{address}: {await _refusal(response)}")
            yield response.content.iter_any()
    except aiohttp.ClientPayloadError as error:
        raise BackendError(f"{address}: the connection was lost") from error
    except aiohttp.ClientError as error:
        raise BackendError(f"{address}: {error}") from error


async def _refusal(response: "ClientResponse") -> str:
    body = (await response.content.read(500)).decode("utf-8", "replace").strip()
    hint = "; EVTUI_MI_HTTP_TOKEN holds the token" if response.status == 401 else ""
    return f"HTTP {response.status} {body or response.reason}{hint}"


async def _lines(pieces: AsyncIterable[bytes], shown: str) -> AsyncGenerator[Sequence[bytes]]:
    """Cut what comes into lines. raises BackendError: one is too long."""
    begun: list[bytes] = []
    size = 0
    async for piece in pieces:
        *whole, rest = piece.split(b"\n")
        if whole:
            whole[0] = b"".join([*begun, whole[0]])
            begun, size = [], 0
            yield whole
        if rest:
            begun.append(rest)
            size += len(rest)
            if size > MAX_LINE:
                raise BackendError(f"{shown}: a line has more than {MAX_LINE:,} bytes")
