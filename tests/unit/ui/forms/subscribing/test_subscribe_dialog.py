"""The subscribe dialog by keyboard: notes while typing, errors under their field, what it closes with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from evtui.core.errors import BackendError, BadSocketError, EvtuiError, UnknownEventError
from evtui.core.ports import Status
from evtui.core.transport import TransportInfo
from evtui.core.values import Socket, Subscription
from evtui.ui.forms.subscribing import subscribe_dialog
from evtui.ui.forms.subscribing.subscribe_dialog import CHECK_SECONDS, SubscribeDialog
from evtui.ui.widgets.event_field import EventField
from tests.limits import HANG
from tests.unit.ui.form_fakes import UDP, FakeBackend
from tests.unit.ui.form_host import Host, painted


class DialogScene:
    """A dialog over an empty app."""

    def __init__(self, pilot: Pilot[None], host: Host, dialog: SubscribeDialog, backend: FakeBackend) -> None:
        self.pilot = pilot
        self.host = host
        self.dialog = dialog
        self.backend = backend
        self.answers: list[tuple[Subscription, ...] | None] = []

    async def type(self, text: str) -> None:
        await self.pilot.press(*("asterisk" if sign == "*" else sign for sign in text))
        with anyio.fail_after(HANG):
            while self.dialog._checked != self.dialog._fields():  # pyright: ignore[reportPrivateUsage]
                await self.pilot.pause(CHECK_SECONDS / 10)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.pause()

    def note(self, field: str) -> str:
        return str(self.dialog.query_one(f"#{field}-note", Static).content)

    def value(self, field: str) -> str:
        return self.dialog.query_one(f"#{field}", Input).value


@asynccontextmanager
async def opened_dialog(
    event: str | None = None, socket: str | None = None, backend: FakeBackend | None = None
) -> AsyncGenerator[DialogScene]:
    backend = backend or FakeBackend()
    host, dialog = Host(), SubscribeDialog(backend, event, socket)
    async with host.run_test(size=(80, 24)) as pilot:
        one = DialogScene(pilot, host, dialog, backend)
        host.push_screen(dialog, one.answers.append)
        await pilot.pause()
        await pilot.pause()
        yield one


async def test_a_socket_is_subscribed_by_keyboard_alone() -> None:
    async with opened_dialog() as one:
        await one.type("pik")
        await one.press("enter", "tab")
        await one.type("udp:127.0.0.1:9000")
        await one.press("tab")
        await one.type("60")
        await one.press("enter")
        assert one.backend.orders == [("E_PIKE_BLOCKED", "udp:127.0.0.1:9000", 60)]
        assert one.answers == [(Subscription("E_PIKE_BLOCKED", Socket("udp", "127.0.0.1:9000"), 60),)]


async def test_what_is_given_is_filled_in_and_the_empty_field_is_first() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        assert one.dialog.query_one(EventField).value == "E_MINE"
        assert (one.value("socket"), one.value("expire")) == ("udp:h:1", "3600")
        assert one.host.focused is one.dialog.query_one("#socket")
        assert one.note("expire") == "seconds: 1:00:00"


async def test_a_wildcard_says_what_it_matches() -> None:
    async with opened_dialog() as one:
        await one.type("E_*")
        assert one.note("event") == "matches 3 events now, and each one published later"


async def test_a_socket_is_checked_when_typing_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_dialog("E_MINE") as one:
        monkeypatch.setattr(subscribe_dialog, "CHECK_SECONDS", HANG)  # however slowly the machine types
        await one.pilot.press(*"udp:h:")
        assert "not a number" not in one.note("socket")
        monkeypatch.setattr(subscribe_dialog, "CHECK_SECONDS", 0.01)
        await one.pilot.press("0")
        with anyio.fail_after(HANG):
            while one.note("socket") != "port: not a number from 1 to 65535":
                await one.pilot.pause(0.01)
        assert one.dialog.query_one("#socket").has_class("wrong")
        await one.press("enter")
        assert one.backend.orders == []


async def test_an_empty_expiry_is_permanent() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        one.dialog.query_one("#expire", Input).value = ""
        await one.press("enter")
        assert one.backend.orders == [("E_MINE", "udp:h:1", None)]


async def test_a_wrong_expiry_is_refused_under_its_field() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        await one.press("tab")
        await one.type("1h")
        await one.press("enter")
        assert one.note("expire") == "whole seconds, 0 or more; empty is for ever"
        assert one.backend.orders == []


async def test_a_payload_is_chosen_by_its_notification_and_written_into_the_socket() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        one.dialog.query_one("#payload").focus()
        await one.press("t")
        assert one.value("socket") == "udp:h:1?payload=text"
        await one.press("d")
        assert one.value("socket") == "udp:h:1"


async def test_a_payload_in_the_socket_is_shown_as_chosen() -> None:
    async with opened_dialog("E_MINE", "udp:h:1?payload=text") as one:
        assert str(one.dialog.query_one("#payload").render()).startswith("text")


async def test_a_transport_gives_its_example() -> None:
    async with opened_dialog("E_MINE") as one:
        one.dialog.query_one("#transports", OptionList).focus()
        await one.press("down", "enter")
        assert one.value("socket") == "udp:127.0.0.1:9000"


@pytest.mark.parametrize(
    ("event", "socket", "field", "said"),
    [
        ("", "udp:h:1", "event", "which event? a name, a wildcard as E_PIKE_*, or several"),
        ("E_MINE", "", "socket", "where notifications go: SCHEME:ADDRESS, one of those below"),
        ("E_MINE", "udp", "socket", "where notifications go: SCHEME:ADDRESS, one of those below"),
        ("E_MINE", "udp:h", "socket", "port: missing: write HOST:PORT"),
    ],
)
async def test_what_is_missing_is_asked_for(event: str, socket: str, field: str, said: str) -> None:
    async with opened_dialog(event, socket) as one:
        await one.press("f5")
        assert one.note(field) == said
        assert one.dialog.query_one(f"#{field}").has_focus_within
        assert one.backend.orders == []


async def test_a_server_that_lists_no_transports_is_not_said_to_list_some() -> None:
    async with opened_dialog("E_MINE", backend=FakeBackend(Status("fake", schemes=(UDP,)))) as one:
        await one.press("f5")
        assert one.note("socket") == "where notifications go: SCHEME:ADDRESS"


@pytest.mark.parametrize(
    ("error", "field", "said"),
    [
        (BadSocketError("udp:h:1", "host", "h does not resolve"), "socket", "host: h does not resolve"),
        (UnknownEventError("E_MINE"), "event", "unknown event 'E_MINE': events_list shows the published ones"),
        (BackendError("away"), "whole", "away"),
    ],
)
async def test_what_the_backend_refuses_stands_under_the_field_and_can_be_put_right(
    error: EvtuiError, field: str, said: str
) -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        one.backend.refusal = error
        await one.press("enter")
        assert one.note(field) == said
        assert one.answers == []
        one.backend.refusal = None
        await one.press("f5")
        assert len(one.answers) == 1


async def test_escape_closes_without_subscribing() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        await one.press("escape")
        assert (one.answers, one.backend.orders) == ([None], [])


async def test_the_buttons_work_by_mouse() -> None:
    async with opened_dialog("E_MINE", "udp:h:1") as one:
        await one.pilot.click("#submit")
        await one.pilot.pause()
        await one.pilot.pause()
        assert len(one.backend.orders) == 1


async def test_hostile_names_and_sockets_are_shown_safely_and_kept() -> None:
    async with opened_dialog("E\x1b[2J", "unix:/run/\x1b[2J", FakeBackend(Status("fake"))) as one:
        assert "\x1b" not in painted(one.host)
        await one.press("enter")
        assert one.backend.orders == [("E\x1b[2J", "unix:/run/\x1b[2J", 3600)]


async def test_the_wrong_part_of_a_socket_is_marked_while_typing_and_after_a_refusal() -> None:
    async with opened_dialog("E_MINE") as one:
        await one.type("udp:127.0.0.999:9000")
        marked = one.dialog.query_one("#socket", Input)._value.spans  # pyright: ignore[reportPrivateUsage]
        assert [(span.start, span.end) for span in marked] == [(4, 15)]
        one.dialog.query_one("#socket", Input).value = "udp:nowhere.example:9000"
        one.backend.refusal = BadSocketError("udp:nowhere.example:9000", "host", "it does not resolve")
        await one.press("enter")
        marked = one.dialog.query_one("#socket", Input)._value.spans  # pyright: ignore[reportPrivateUsage]
        assert [(span.start, span.end) for span in marked] == [(4, 19)]


async def test_only_the_transport_that_is_written_is_spelled_out() -> None:
    options = ("reliable=true|false: requests that must be answered",)
    tcp = TransportInfo("tcp", "tcp:HOST:PORT[?OPTION]", "tcp:127.0.0.1:9001", "a connection", options)
    async with opened_dialog("E_MINE", backend=FakeBackend(Status("fake", transports=(UDP, tcp)))) as one:
        listing = one.dialog.query_one("#transports", OptionList)
        before = str(listing.get_option_at_index(1).prompt)
        await one.type("tcp:")
        after = str(listing.get_option_at_index(1).prompt)
        assert (before, "must be answered" in after, "tcp:127.0.0.1:9001" in after) == (tcp.grammar, True, True)
        assert listing.highlighted == 1
