"""The forms on a real engine: what is typed arrives at a real socket, byte for byte as the preview showed it."""

import asyncio
import socket
from collections.abc import Generator

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from evtui.backends.embedded import EmbeddedBackend
from evtui.ui.forms.raising.form_tools import FormTools
from evtui.ui.forms.raising.raise_form import RaiseForm
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from tests.limits import HANG
from tests.unit.ui.form_host import NOON, Host, open_engine

SIZES = ((80, 24), (120, 40), (200, 50))


@pytest.fixture
def receiver() -> Generator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        yield receiver


async def _receive(receiver: socket.socket) -> bytes:
    async with asyncio.timeout(HANG):
        return await asyncio.get_running_loop().sock_recv(receiver, 65536)


async def _settle(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


def _text(form: RaiseForm, part: str) -> str:
    return str(form.query_one(f"#{part}", Static).content)


async def _until(pilot: Pilot[None], form: RaiseForm, part: str, said: str) -> str:
    async with asyncio.timeout(HANG):
        while said not in _text(form, part):
            await pilot.pause(0.02)
    return _text(form, part)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_subscribe_and_raise_by_keys_and_read_the_datagram(
    size: tuple[int, int], receiver: socket.socket
) -> None:
    with open_engine(["E_MINE"]) as engine:
        form = RaiseForm(EmbeddedBackend(engine), FormTools(lambda: NOON, lambda: NOON))
        host = Host(form)
        async with host.run_test(size=size) as pilot:
            await _settle(pilot)
            form.focus_form()
            await pilot.press(*"E_MINE", "enter", "f2")
            await _settle(pilot)
            assert isinstance(host.screen, SubscribeDialog)
            await pilot.press(*f"udp:127.0.0.1:{receiver.getsockname()[1]}", "enter")
            await _until(pilot, form, "subscriber-count", "1 subscriber")
            form.focus_form()
            await pilot.press(*"ip", "tab", "tab", *"192.0.2.1", "f5")
            result = await _until(pilot, form, "result", "✓ 1 sent")
            payload = await _receive(receiver)
            assert payload == b'{"jsonrpc":"2.0","method":"E_MINE","params":{"ip":"192.0.2.1"}}'
            assert payload.decode() in _text(form, "preview")
            assert f"✓ udp:127.0.0.1:{receiver.getsockname()[1]}" in result


async def test_each_subscriber_gets_the_payload_the_preview_shows_for_it(receiver: socket.socket) -> None:
    with open_engine(["E_MINE"]) as engine:
        engine.subscribe("E_MINE", f"udp:127.0.0.1:{receiver.getsockname()[1]}", payload="text")
        engine.subscribe("E_MINE", "unix:/nowhere/at/all.sock")
        form = RaiseForm(EmbeddedBackend(engine), FormTools(lambda: NOON, lambda: NOON))
        async with Host(form).run_test(size=(80, 24)) as pilot:
            await _settle(pilot)
            form.focus_form()
            await pilot.press(*"E_MINE", "enter", *"n", "tab", "i", "tab", "3")
            preview = await _until(pilot, form, "preview", "text  ")
            await pilot.press("f5")
            result = await _until(pilot, form, "result", "✗ 1 failed")
            assert await _receive(receiver) == b"E_MINE\nn::3\n\n"
            assert "E_MINE↵\nn::3↵\n↵" in preview
            assert '{"jsonrpc":"2.0","method":"E_MINE","params":{"n":3}}' in preview
            assert "ENOENT: No such file or directory" in result


async def test_a_fault_that_only_the_engine_finds_is_shown_below_its_field() -> None:
    with open_engine(["E_MINE"]) as engine:
        host, dialog = Host(), SubscribeDialog(EmbeddedBackend(engine), "E_MINE", "udp:no-such-host.invalid:9000")
        async with host.run_test(size=(80, 24)) as pilot:
            host.push_screen(dialog)
            await _settle(pilot)
            await pilot.press("enter")
            note = dialog.query_one("#socket-note", Static)
            async with asyncio.timeout(HANG):
                while "host: " not in str(note.content):
                    await pilot.pause(0.05)
            assert host.screen is dialog
            assert engine.subscription_states() == ()


async def test_a_wildcard_subscribes_every_match(receiver: socket.socket) -> None:
    with open_engine(["E_MINE_A", "E_MINE_B"]) as engine:
        answers: list[object] = []
        host, dialog = Host(), SubscribeDialog(EmbeddedBackend(engine), "E_MINE_*")
        async with host.run_test(size=(80, 24)) as pilot:
            host.push_screen(dialog, answers.append)
            await _settle(pilot)
            await pilot.press(*f"udp:127.0.0.1:{receiver.getsockname()[1]}", "enter")
            await _settle(pilot)
        assert [state.subscription.event for state in engine.subscription_states()] == ["E_MINE_A", "E_MINE_B"]
        assert len(answers) == 1
