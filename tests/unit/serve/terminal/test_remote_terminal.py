"""The terminal of a viewer: a door at one end, a console at the other, and no wait between them."""

import anyio
import pytest

from evtui.serve.terminal.remote_terminal import MOST_TYPED, MOST_WAITING, RemoteTerminal, TerminalSize, usable_size


class Door:
    def __init__(self) -> None:
        self.sent = b""
        self.is_reading = True

    def write(self, data: bytes) -> None:
        self.sent += data

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


class NoConsole:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def begin(self) -> None:
        self.calls.append("begin")

    def pause(self) -> None:
        self.calls.append("pause")

    def paint(self) -> None:
        self.calls.append("paint")

    def resized(self) -> None:
        self.calls.append("resized")


def _joined() -> tuple[RemoteTerminal, Door, NoConsole]:
    terminal, door, console = RemoteTerminal(TerminalSize()), Door(), NoConsole()
    terminal.attach(door, terminal.size)
    terminal.near = console
    return terminal, door, console


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ((80, 24), (80, 24)),
        ((0, 0), (80, 24)),
        ((1, 1), (20, 5)),
        ((65_000, 65_000), (400, 150)),
        ((120, 0), (120, 24)),
    ],
)
def test_a_size_that_no_console_can_be_drawn_at_is_changed_to_the_next_one(
    said: tuple[int, int], used: tuple[int, int]
) -> None:
    assert usable_size(*said) == TerminalSize(*used)


def test_what_is_painted_is_sent_at_once() -> None:
    terminal, door, _ = _joined()
    terminal.write(b"one")
    terminal.write(b"two")
    assert (door.sent, terminal.taken) == (b"onetwo", 6)


def test_a_far_end_that_takes_nothing_is_painted_once_when_it_takes_again() -> None:
    terminal, door, console = _joined()
    terminal.pause()
    assert not terminal.is_painted
    terminal.write(b"a copied text")
    assert door.sent == b""
    terminal.resume()
    assert (door.sent, console.calls, terminal.is_painted) == (b"a copied text", ["pause", "paint"], True)
    terminal.resume()
    assert console.calls == ["pause", "paint"]


def test_what_waits_for_a_far_end_is_bounded_and_what_is_dropped_counted() -> None:
    terminal, door, _ = _joined()
    terminal.pause()
    for _ in range(MOST_WAITING // 1000 + 5):
        terminal.write(b"x" * 1000)
    terminal.resume()
    assert len(door.sent) <= MOST_WAITING
    assert terminal.dropped == (MOST_WAITING // 1000 + 5) * 1000 - len(door.sent) > 0


async def test_a_door_is_asked_to_read_no_more_until_the_console_has_taken_some() -> None:
    terminal, door, _ = _joined()
    terminal.receive(b"x" * MOST_TYPED)
    assert not door.is_reading
    taken = 0
    while data := terminal.read():
        taken += len(data)
    assert (taken, door.is_reading) == (MOST_TYPED, True)


async def test_the_console_waits_for_what_is_typed() -> None:
    terminal, _, _ = _joined()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(terminal.typed)
        await anyio.wait_all_tasks_blocked()
        terminal.receive(b"q")
    assert terminal.read() == b"q"


async def test_a_terminal_that_hangs_up_wakes_the_console() -> None:
    terminal, door, _ = _joined()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(terminal.typed)
        await anyio.wait_all_tasks_blocked()
        terminal.hang_up()
    terminal.write(b"lost")
    assert (terminal.read(), door.sent, terminal.hung_up.is_set()) == (b"", b"", True)


def test_a_far_end_that_comes_back_is_made_ready_and_painted() -> None:
    terminal, before, console = _joined()
    terminal.detach()
    terminal.write(b"unseen")
    again = Door()
    terminal.attach(again, TerminalSize(100, 30))
    assert console.calls == ["pause", "resized", "begin"]
    terminal.write(b"seen")
    assert (before.sent, again.sent) == (b"", b"seen")


def test_only_another_size_is_told() -> None:
    terminal, _, console = _joined()
    terminal.resize(TerminalSize(100, 30))
    terminal.resize(TerminalSize(100, 30))
    assert console.calls == ["resized"]


def test_the_size_of_a_console_that_is_not_seen_is_told_once_when_it_is() -> None:
    terminal, _, console = _joined()
    terminal.pause()
    for columns in range(90, 100):
        terminal.resize(TerminalSize(columns, 30))
    assert console.calls == ["pause"]
    terminal.resume()
    assert console.calls == ["pause", "resized", "paint"]
    terminal.detach()
    terminal.resize(TerminalSize(120, 40))
    terminal.attach(Door(), TerminalSize(100, 30))
    assert console.calls[3:] == ["pause", "resized", "begin"]
