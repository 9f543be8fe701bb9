"""One session of a client: a console in its terminal, or a command; nothing else."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import asyncssh
from asyncssh.constants import EXTENDED_DATA_STDERR

from evtui.codecs.display_text import display_safe
from evtui.serve.ssh.command_line import CommandRefusedError, allowed_words
from evtui.serve.ssh.command_run import run_command
from evtui.serve.ssh.sent_variables import SentVariables
from evtui.serve.terminal.remote_terminal import RemoteTerminal, usable_size
from evtui.serve.terminal.sessions import Session
from evtui.serve.terminal.viewer import SessionRefusedError

if TYPE_CHECKING:
    from evtui.serve.ssh.ssh_connection import SshConnection

MOST_UNSENT: Final = 64 << 10
"""Bytes that wait to be sent, from which on nothing more is painted."""

_PATIENCE: Final = 3.0
"""Seconds in which a client has to take the last bytes; then its connection is cut."""


class SshSession(asyncssh.SSHServerSession[bytes]):
    """What a client asks for in one channel; satisfies `remote_terminal.FarEnd` and `command_run.CommandOutput`."""

    def __init__(self, connection: "SshConnection") -> None:
        self._connection = connection
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._terminal: RemoteTerminal | None = None
        self._session: Session | None = None
        self._command: str | None = None
        self._has_terminal = False
        self._variables = SentVariables(partial(connection.refuse, "environment"))
        self._paused_by: set[str] = set()
        self._may_write = anyio.Event()
        self._may_write.set()

    # What the client asks for

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the channel."""
        self._channel = chan
        chan.set_write_buffer_limits(high=MOST_UNSENT)
        self._variables.begin(chan)
        self._connection.add(self)

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        """Give it a terminal."""
        self._has_terminal = True
        return True

    def shell_requested(self) -> bool:
        """Start a console when the channel is open."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Start a command when the channel is open."""
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Refuse: there is no sftp."""
        self._connection.refuse("subsystem", f"the subsystem {display_safe(subsystem, 60)}")
        return False

    def session_started(self) -> None:
        """Run what was asked for."""
        self._connection.door.tasks.start_soon(self._run)

    # What comes from the client

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Pass on what was typed."""
        if self._session is not None:
            self._session.typed()
        if self._terminal is not None:
            self._terminal.receive(data)

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Take another size."""
        if self._terminal is not None:
            self._terminal.resize(usable_size(width, height))

    def eof_received(self) -> bool:
        """Go on with a command; a console that can be typed into no more ends. What they write is still sent."""
        if self._command is None:
            self._hang_up()
        return True

    def signal_received(self, signal: str) -> None:
        """End at a signal that ends programs."""
        if signal in {"HUP", "INT", "TERM", "QUIT", "KILL"} and self._session is not None:
            self._session.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: no one is there."""
        if self._channel is not None:
            self._variables.end(self._channel)
        self._connection.discard(self)
        self._hang_up()

    def pause_writing(self) -> None:
        """Paint nothing: the client takes nothing now."""
        self.pause("channel")

    def resume_writing(self) -> None:
        """Paint again."""
        self.resume("channel")

    def pause(self, reason: str) -> None:
        """Write nothing while there is a reason."""
        self._paused_by.add(reason)
        if self._may_write.is_set():
            self._may_write = anyio.Event()
        if self._terminal is not None:
            self._terminal.pause()

    def resume(self, reason: str) -> None:
        """Take a reason away, and write again when there is none."""
        self._paused_by.discard(reason)
        if not self._paused_by:
            self._may_write.set()
            if self._terminal is not None:
                self._terminal.resume()

    # What goes to the client

    def write(self, data: bytes) -> None:
        """Send what a console paints."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)  # pyright: ignore[reportUnknownMemberType]

    def pause_reading(self) -> None:
        """Read nothing more for now."""
        if self._channel is not None:
            self._channel.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._channel is not None:
            self._channel.resume_reading()

    async def send(self, data: bytes, *, is_error: bool) -> None:
        """Send what a command writes, when the client takes it."""
        await self._may_write.wait()
        if self._channel is not None and not self._channel.is_closing():
            if self._has_terminal:
                data = data.replace(b"\n", b"\r\n")
            kind = EXTENDED_DATA_STDERR if is_error and not self._has_terminal else None
            self._channel.write(data, kind)  # pyright: ignore[reportUnknownMemberType]

    # The run

    async def _run(self) -> None:
        channel = self._channel
        assert channel is not None
        try:
            run = self._run_console if self._command is None else partial(self._run_command, self._command)
            status = await run(channel)
        except (CommandRefusedError, SessionRefusedError) as error:
            status = 1
            with anyio.move_on_after(_PATIENCE):
                await self.send(f"evtui: {error}\n".encode(), is_error=True)
        self._terminal = self._session = None
        channel.exit(status)
        with anyio.move_on_after(_PATIENCE):
            await channel.wait_closed()
            return
        self._connection.cut()  # it takes nothing

    async def _run_console(self, channel: asyncssh.SSHServerChannel[bytes]) -> int:
        if not self._has_terminal:
            self._connection.refuse("no_terminal", "a console without a terminal")
            raise CommandRefusedError("the console needs a terminal: ssh -t")
        door, viewer = self._connection.door, self._connection.viewer
        told = {**self._variables.kept, "TERM": channel.get_terminal_type() or "dumb"}
        width, height, _, _ = channel.get_terminal_size()
        with door.consoles.sessions.opened_by(viewer) as session:
            size = usable_size(width, height)
            self._session, self._terminal = session, RemoteTerminal(size)
            self._terminal.attach(self, size)
            return await door.consoles.run(session, self._terminal, told)

    async def _run_command(self, command: str, _: asyncssh.SSHServerChannel[bytes]) -> int:
        door, shown = self._connection.door, display_safe(command, 60)
        if not self._connection.line.commands:
            self._connection.refuse("command", f"the command {shown!r}: its key may run none")
            raise CommandRefusedError("your key may run no commands: the console is shown without one")
        try:
            words = allowed_words(command)
        except CommandRefusedError as error:
            self._connection.refuse("command", f"the command {shown!r}: {error}")
            raise
        with door.consoles.sessions.opened_by(self._connection.viewer, shown) as session:
            self._session = session
            return await run_command(session, door.commands, words, self)

    def _hang_up(self) -> None:
        if self._terminal is not None:
            self._terminal.hang_up()
        if self._session is not None:
            self._session.end()
