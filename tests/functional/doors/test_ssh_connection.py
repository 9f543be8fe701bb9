"""What one connection to the SSH door may cost, with a client in this process."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import cast

import anyio
import asyncssh
import pytest
from asyncssh.channel import SSHClientChannel
from msgspec import Struct

from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.persistence.viewer_doors import views_of_engine
from evtui.serve.ssh import ssh_connection
from evtui.serve.ssh.authorized_keys import AuthorizedKeys
from evtui.serve.ssh.command_run import CommandPlace
from evtui.serve.ssh.key_line import KeyLine
from evtui.serve.ssh.ssh_connection import MOST_CHANNELS
from evtui.serve.ssh.ssh_door import SshDoor, serve_ssh
from evtui.serve.ssh.ssh_session import SshSession
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.terminal.look_turns import LookTurns
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer_app import ConsoleSettings
from evtui.serve.terminal.viewer_consoles import ViewerConsoles
from evtui.serve.terminal.viewer_settings import ViewersConfig
from tests.limits import HANG
from tests.paths import STYLES_DIR

_generate = cast("Callable[[str], asyncssh.SSHKey]", asyncssh.generate_private_key)  # pyright: ignore[reportUnknownMemberType]


class OwnDoor(Struct):
    """A door of this process, with a client that is in."""

    sessions: Sessions
    client: asyncssh.SSHClientConnection
    opened: list[SshSession]


@asynccontextmanager
async def _own_door(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OwnDoor]:
    opened: list[SshSession] = []

    class NotedSession(SshSession):
        def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
            opened.append(self)
            super().connection_made(chan)

    monkeypatch.setattr(ssh_connection, "SshSession", NotedSession)
    key = _generate("ssh-ed25519")
    async with open_engine(events=["E_MINE"], mi={"listen": False}) as engine, anyio.create_task_group() as tasks:
        sessions = Sessions(ViewersConfig(), REAL_CLOCKS)
        views = views_of_engine(engine, read_only=False)
        turns = LookTurns(anyio.sleep)
        tasks.start_soon(turns.run)
        consoles = ViewerConsoles(ConsoleSettings(STYLES_DIR), REAL_CLOCKS, sessions, views, turns)
        keys = AuthorizedKeys(None, {key.public_data: KeyLine("", "alice")})
        door = SshDoor(SshConfig(), keys, consoles, CommandPlace((), dict), tasks)
        host, port = await tasks.start(serve_ssh, door, "127.0.0.1", 0, key)
        async with asyncssh.connect(
            host, port, client_keys=[key], known_hosts=None, username="anyone", config=[], agent_path=None
        ) as client:
            yield OwnDoor(sessions, client, opened)
        tasks.cancel_scope.cancel()


async def test_a_connection_has_a_bounded_number_of_sessions_that_were_not_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with _own_door(monkeypatch) as door:
        channels = [_channel(door.client) for _ in range(MOST_CHANNELS + 1)]
        for channel in channels[:-1]:
            await channel._open(b"session")  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(asyncssh.ChannelOpenError):
            await channels[-1]._open(b"session")  # pyright: ignore[reportPrivateUsage]
        assert door.sessions.refused == {"channels": 1}
        assert len(door.opened) == MOST_CHANNELS


async def test_nothing_is_written_to_a_client_that_has_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with _own_door(monkeypatch) as door:
        await door.client.create_process(term_type="xterm-256color", encoding=None)
        with anyio.fail_after(HANG):
            while not len(door.sessions):  # noqa: ASYNC110 - a counter tells of no change
                await anyio.sleep(0.01)
        (session,) = door.opened
        connection = session._connection._connection  # pyright: ignore[reportPrivateUsage]
        assert connection is not None
        transport = connection._transport  # pyright: ignore[reportPrivateUsage]
        assert transport is not None
        transport.abort()  # as at a write that fails
        for _ in range(20):
            session.write(b"painted " * 8000)
        with anyio.fail_after(HANG):
            await door.client.wait_closed()
    assert "socket.send() raised exception" not in caplog.text


def _channel(client: asyncssh.SSHClientConnection) -> "SSHClientChannel[bytes]":
    make = cast("Callable[..., SSHClientChannel[bytes]]", SSHClientChannel)
    return make(client, client._loop, None, None, "strict", 1 << 16, 1 << 15)  # pyright: ignore[reportPrivateUsage]
