"""Checks of addresses: the evtui that runs here, the listeners, the destinations and their name servers."""

import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import attach, default_address
from evtui.cli.doctor.host_finding import HostFinding
from evtui.codecs.jsonvalue import Members
from evtui.codecs.sockets import split_udp
from evtui.config.schema import Config
from evtui.config.value_syntax import parse_host_port, parse_subscribe
from evtui.core.errors import EvtuiError
from evtui.core.redact import redact_words
from evtui.core.transport import Target
from evtui.engine.engine import Engine
from evtui.storage.runtime_dir import RuntimeDirError

PATIENCE: Final = 3.0
"""Seconds in which a name server, a server or a broker must answer."""
SLOW: Final = 1.0
"""Seconds from which on a name server is slow."""


async def check_server(environ: Mapping[str, str]) -> HostFinding:
    """Ask the evtui that runs on this host for its version."""
    try:
        with anyio.fail_after(PATIENCE):
            async with attach(default_address(), environ) as server:
                told = await server.client.call("version", [])
    except TimeoutError:
        remedy = "end it: it does not answer any more"
        return HostFinding("running evtui", "wrong", f"{default_address()} does not answer", remedy)
    except EvtuiError:
        return HostFinding("running evtui", "note", "none of this user", "evtui, or evtui serve")
    name = dict(told).get("Server") if isinstance(told, Members) else told
    return HostFinding("running evtui", "ok", f"{name} on {default_address()}")


def check_listeners(config: Config, *, is_running: bool) -> Iterator[HostFinding]:
    """Look whether each listener could listen; those of an evtui that runs are taken by it."""
    try:
        addresses = ListenAddresses.chosen(config)
    except RuntimeDirError:
        return  # said by the check of the directory
    udp = [text.removeprefix("udp:") for text in addresses.datagram if text.startswith("udp:")]
    wanted = [("mi.datagram", socket.SOCK_DGRAM, *split_udp(text)) for text in udp]
    if addresses.http is not None:
        wanted.append(("mi.http", socket.SOCK_STREAM, *parse_host_port(addresses.http)))
    doors = (
        ("service.http", config.service.http),
        ("ssh.listen", config.ssh.listen),
        ("web.listen", config.web.listen),
    )
    wanted += [(name, socket.SOCK_STREAM, *parse_host_port(place)) for name, place in doors if place is not None]
    if config.script.sip is not None:
        wanted.append(("script.sip", socket.SOCK_DGRAM, *split_udp(config.script.sip.removeprefix("udp:"))))
    for subject, kind, host, port in wanted:
        why = _why_taken(kind, host, port)
        if why is None:
            yield HostFinding(subject, "ok", f"{host}:{port} is free")
        elif is_running:
            yield HostFinding(subject, "note", f"{host}:{port}: {why}", "an evtui runs: it is likely its own")
        else:
            yield HostFinding(
                subject, "wrong", f"{host}:{port}: {why}", "choose another one, or end what listens there"
            )


def check_paths(config: Config) -> Iterator[HostFinding]:
    """Look whether the FIFO, the UNIX sockets and the watch feed that the configuration names could be made."""
    named = ListenAddresses.named(config)
    unix = [address.removeprefix("unix:") for address in named.datagram if not address.startswith("udp:")]
    places = [("mi.fifo", named.fifo), *(("mi.datagram", path) for path in unix), ("mi.watch", named.watch)]
    for subject, path in places:
        if path is None:
            continue
        directory = Path(path).absolute().parent
        if not directory.is_dir():
            yield HostFinding(subject, "wrong", f"{path}: there is no directory {directory}", "make it")
        elif not os.access(directory, os.W_OK | os.X_OK):
            remedy = "give this user the right to write it"
            yield HostFinding(subject, "wrong", f"{path}: {directory} cannot be written", remedy)
        else:
            yield HostFinding(subject, "ok", path)


def check_metrics(config: Config) -> Iterator[HostFinding]:
    """Look whether the library of the metrics is there, when a listener would tell them."""
    if config.service.http is None:
        return
    if find_spec("prometheus_client") is None:
        yield HostFinding("metrics", "note", "/metrics has no library", "pip install 'evtui[metrics]'")
    else:
        yield HostFinding("metrics", "ok", f"http://{config.service.http}/metrics")


async def check_destinations(config: Config, engine: Engine) -> AsyncIterator[HostFinding]:
    """Resolve each configured destination, and connect to those that are reached over TCP; nothing is sent."""
    yield await _name_server()
    for line in config.subscribe:
        text = parse_subscribe(line).socket
        subject = f"destination {redact_words(text)}"
        try:
            target = engine.parse(text)
            with anyio.fail_after(PATIENCE):
                await to_thread.run_sync(target.open, abandon_on_cancel=True)
                told = await _connect(target)
        except TimeoutError:
            yield HostFinding(
                subject, "wrong", f"no answer within {PATIENCE:g} s", "look at the network and the name server"
            )
        except (EvtuiError, OSError) as error:
            yield HostFinding(subject, "wrong", str(error), "start it, or correct the address in `subscribe`")
        else:
            yield HostFinding(subject, "ok", told)


async def _name_server() -> HostFinding:
    started = REAL_CLOCKS.monotonic()
    try:
        with anyio.fail_after(PATIENCE):
            await to_thread.run_sync(socket.getaddrinfo, "localhost", None, abandon_on_cancel=True)
    except TimeoutError:
        return HostFinding("names", "wrong", f"localhost does not resolve within {PATIENCE:g} s", "look at /etc/hosts")
    except OSError as error:
        return HostFinding("names", "wrong", f"localhost: {error.strerror or error}", "look at /etc/hosts")
    took = REAL_CLOCKS.monotonic() - started
    return HostFinding("names", "note" if took > SLOW else "ok", f"localhost resolves in {1000 * took:.0f} ms")


async def _connect(target: Target) -> str:
    """Connect to each peer of a destination that is reached over TCP, and close the connection again."""
    for host, port in target.peers:
        stream = await anyio.connect_tcp(host, port)
        await stream.aclose()
    if target.peers:
        return "it takes connections; no login was tried"
    return "its address is right; whether it receives is not known before something is sent"


def _why_taken(kind: socket.SocketKind, host: str, port: int) -> str | None:
    try:
        family = socket.getaddrinfo(host or None, port, type=kind)[0][0]
        with closing(socket.socket(family, kind)) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.strerror or str(error)
    return None
