"""The raise form by keyboard: completion, rows, quick line, what is wrong, sending, history."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import anyio
import anyio.lowlevel
import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.signal import Signal
from textual.widgets import Input, OptionList, Static

from evtui.core.errors import BackendError, NestingError, UnknownEventError
from evtui.core.ports import EventState, Status, SubscriptionState
from evtui.core.values import Params, Socket, Subscription
from evtui.ui.forms.raising.form_tools import FormTools
from evtui.ui.forms.raising.parameter_rows import MAX_ROWS, RowEditor, RowList
from evtui.ui.forms.raising.quick_field import QuickField
from evtui.ui.forms.raising.raise_draft import BLANK, ValueKind
from evtui.ui.forms.raising.raise_form import RaiseForm
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.event_field import EventField
from tests.unit.ui.form_fakes import MINE, PIKE, UDP, FakeBackend
from tests.unit.ui.form_host import Host, painted

HOSTILE = "\x1b]52;c;x\x07[/x]\u202e"


class RaiseFormScene:
    """A form in a host app, with hands and eyes."""

    def __init__(self, pilot: Pilot[None], host: Host, form: RaiseForm, backend: FakeBackend) -> None:
        self.pilot = pilot
        self.host = host
        self.form = form
        self.backend = backend

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if sign == " " else sign for sign in text))
        await self.settle()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        await self.pilot.pause()
        await self.pilot.pause()

    async def load(self, event: str | None, params: Params | None = None) -> None:
        self.form.load(event, params)
        await self.settle()

    def text(self, part: str) -> str:
        return str(self.form.query_one(f"#{part}", Static).content)

    @property
    def line(self) -> str:
        return self.form.query_one(QuickField).value

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        return [
            (
                editor.query_one(".name", Input).value,
                str(editor.query_one(".kind").render()).split()[0],
                editor.query_one(".value", Input).value,
            )
            for editor in self.form.query(RowEditor)
        ][:-1]

    @property
    def focused(self) -> object:
        return self.host.focused


@asynccontextmanager
async def opened_form(
    backend: FakeBackend | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[RaiseFormScene]:
    backend = backend or FakeBackend()
    form = RaiseForm(backend, FormTools(lambda: 0.0, lambda: 0.0))
    host = Host(form)
    async with host.run_test(size=size) as pilot:
        one = RaiseFormScene(pilot, host, form, backend)
        await one.settle()
        form.focus_form()
        await one.settle()
        yield one


def _subscribed(backend: FakeBackend, *sockets: str, codec: str = "jsonrpc") -> None:
    for socket in sockets:
        subscription = Subscription(PIKE.name, Socket(*socket.split(":", 1)))
        backend.members.append(SubscriptionState(subscription, codec=codec))


async def test_a_part_of_a_name_is_completed_by_enter() -> None:
    async with opened_form() as one:
        await one.type("pik")
        await one.press("enter")
        assert one.form.query_one(EventField).value == "E_PIKE_BLOCKED"
        assert one.rows == [("ip", "text", "")]
        assert one.text("event-note") == "An address was blocked."


async def test_tab_takes_the_marked_name_and_goes_on() -> None:
    async with opened_form() as one:
        await one.type("E_")
        await one.press("down", "tab")
        assert one.form.query_one(EventField).value == "E_USAGE"
        assert one.focused is one.form.query_one("#mode")


async def test_down_opens_the_whole_catalogue_and_escape_closes_it() -> None:
    async with opened_form() as one:
        names = one.form.query_one("EventField OptionList", OptionList)
        await one.press("down")
        assert (names.display, names.option_count) == (True, 3)
        await one.press("escape")
        assert not names.display


async def test_a_click_on_a_name_takes_it() -> None:
    async with opened_form() as one:
        await one.press("down")
        await one.pilot.click("EventField OptionList", offset=(2, 1))
        await one.settle()
        assert one.form.query_one(EventField).value == "E_USAGE"


async def test_documented_parameters_fill_the_rows() -> None:
    async with opened_form() as one:
        await one.load("E_USAGE")
        assert one.rows == [("used", "int", "0"), ("who", "text", "")]
        assert one.line == "used:=0 who="


async def test_the_last_notification_fills_the_rows_and_a_later_one_does_not_change_them() -> None:
    backend = FakeBackend()
    backend.states[0] = EventState(PIKE, last_params=Params(("192.0.2.1",), ("ip",)))
    async with opened_form(backend) as one:
        await one.load("E_PIKE_BLOCKED")
        assert one.rows == [("ip", "text", "192.0.2.1")]
        backend.states[0] = EventState(PIKE, last_params=Params(("192.0.2.2",), ("ip",)))
        await one.pilot.pause(1.2)
        assert one.rows == [("ip", "text", "192.0.2.1")]


async def test_the_rows_are_filled_from_what_the_backend_says_now() -> None:
    backend = FakeBackend()
    async with opened_form(backend) as one:
        backend.states[0] = EventState(PIKE, last_params=Params(("192.0.2.3",), ("ip",)))
        await one.load("E_PIKE_BLOCKED")
        assert one.rows == [("ip", "text", "192.0.2.3")]


async def test_rows_are_filled_whole_even_when_the_backend_is_asked_again_meanwhile() -> None:
    async with opened_form() as one:
        one.form.load("E_USAGE", None)
        while len(one.form.query(RowEditor)) == 1:
            await anyio.lowlevel.checkpoint()
        one.form.refresh_snapshot()
        await one.settle()
        assert one.rows == [("used", "int", "0"), ("who", "text", "")]
        assert one.line == "used:=0 who="


async def test_a_backend_that_answers_after_the_next_question_is_due_is_heard() -> None:
    backend = FakeBackend()
    _subscribed(backend, "udp:127.0.0.1:9")
    async with opened_form(backend) as one:
        backend.events_gate = anyio.Event()
        one.form.load("E_PIKE_BLOCKED", None)
        await one.settle()
        asked = backend.asked
        for _ in range(3):
            one.form.refresh_snapshot()
            await one.settle()
        assert backend.asked == asked, "the question that has no answer yet goes on"
        assert one.text("subscriber-count") == "no subscribers"
        backend.events_gate.set()
        await one.settle()
        assert one.text("subscriber-count") == "1 subscriber"
        assert backend.asked > asked, "the later questions are asked too, together"


async def test_a_key_in_a_row_lays_nothing_out_anew() -> None:
    async with opened_form() as one:
        await one.load("E_MINE", Params(tuple("abc"), tuple("xyz")))
        one.form.fields.rows.focus_cell(0, "value")
        await one.press("b")  # the preview gets its width
        layouts: list[object] = []
        laid_out = cast("Signal[Screen[None]]", one.host.screen.screen_layout_refresh_signal)  # pyright: ignore[reportUnknownMemberType]
        laid_out.subscribe(one.form, layouts.append)
        await one.press("c")
        assert one.rows[0] == ("x", "text", "bc")
        assert "bc" in one.text("preview")
        assert not layouts


async def test_what_did_not_change_is_not_laid_out_anew() -> None:
    backend = FakeBackend()
    _subscribed(backend, "udp:127.0.0.1:9")
    async with opened_form(backend) as one:
        await one.load("E_PIKE_BLOCKED")
        layouts: list[object] = []
        laid_out = cast("Signal[Screen[None]]", one.host.screen.screen_layout_refresh_signal)  # pyright: ignore[reportUnknownMemberType]
        laid_out.subscribe(one.form, layouts.append)
        one.form.post_message(EventField.Changed("E_PIKE_BLOCKED"))
        await one.settle()
        assert layouts == []
        _subscribed(backend, "udp:127.0.0.1:10")
        one.form.post_message(EventField.Changed("E_PIKE_BLOCKED"))
        await one.settle()
        assert layouts != []


async def test_going_to_the_form_just_loaded_goes_to_its_first_value() -> None:
    async with opened_form() as one:
        one.form.load("E_PIKE_BLOCKED", None)
        one.form.focus_form()
        await one.settle()
        assert one.focused is one.form.query(RowEditor).first().query_one(".value")


async def test_notifications_do_not_overtake_a_backspace() -> None:
    async with opened_form() as one:
        field = one.form.query_one("EventField Input", Input)
        for key in ("a", "b", "backspace", "c", "left", "d", "home", "e", "delete", "end", "f", "right"):
            field.post_message(Key(key, key if len(key) == 1 else None))
        await one.settle()
        assert field.value == "edcf"


async def test_keys_that_come_in_a_burst_land_where_they_were_meant() -> None:
    async with opened_form() as one:
        await one.load("E_USAGE")
        one.form.query_one(RowList).focus_cell(0, "value")
        for key in ("4", "2", "down", "m", "e", "up", "home", "1", "shift+tab", "f", "tab", "end", "5", "f5"):
            one.host.post_message(Key(key, key if len(key) == 1 else None))
        await one.settle()
        assert one.backend.raises == [("E_USAGE", Params((1425.0, "me"), ("used", "who")))]


async def test_an_older_draft_does_not_replace_what_was_typed_since() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        editor = one.form.query_one(RowList).editors()[0]
        before, value = editor.row, editor.query_one(".value", Input)
        value.value = "192.0."
        for _ in range(1_000):
            if editor.untaken:  # the edit is told, and the form has not taken it yet
                break
            await anyio.lowlevel.checkpoint()
        assert editor.untaken == 1
        editor.show(before, {}, "", named=True)
        assert value.value == "192.0."
        await one.settle()
        assert (value.value, editor.untaken) == ("192.0.", 0)


async def test_an_answer_of_the_backend_keeps_what_is_being_typed() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        one.form.query_one(RowList).focus_cell(0, "name")
        editor = one.form.query_one(RowList).editors()[0]
        editor.query_one(".name", Input).value = "ip"  # its change is still under way
        editor.show(BLANK, {}, "", named=True)
        await one.settle()
        assert editor.row.name == "ip"
        await one.press("f5")
        assert one.backend.raises == [("E_MINE", Params(("",), ("ip",)))]


async def test_what_was_just_typed_into_the_line_is_what_is_sent() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        one.form.query_one(QuickField).focus()
        await one.settle()
        for key in [*"a=12", "f5"]:
            one.host.post_message(Key("equals_sign" if key == "=" else key, key if len(key) == 1 else None))
        await one.settle()
        assert one.backend.raises == [("E_MINE", Params(("12",), ("a",)))]


async def test_of_very_many_parameters_the_first_are_rows_and_all_are_sent() -> None:
    async with opened_form() as one:
        params = Params(tuple(range(1000)), tuple(f"n{number}" for number in range(1000)))
        await one.load("E_MINE", params)
        assert len(one.form.query(RowEditor)) == MAX_ROWS
        assert "and 940 more" in str(one.form.query_one(".more", Static).content)
        await one.press("f5")
        assert one.backend.raises == [("E_MINE", params)]


async def test_another_event_changes_rows_that_were_filled_in_but_not_edited_ones() -> None:
    async with opened_form() as one:
        await one.load("E_USAGE")
        await one.load("E_PIKE_BLOCKED")
        assert one.rows == [("ip", "text", "")]
        one.form.query_one(QuickField).focus()
        await one.type("x")
        one.form.query_one(EventField).focus_input()
        await one.press("backspace", "X")
        assert one.rows == [("ip", "text", "x")]


async def test_loading_a_notification_clones_it() -> None:
    async with opened_form() as one:
        await one.load("E_MINE", Params((3, None, "two words"), ("n", "z", "t")))
        assert one.rows == [("n", "int", "3"), ("z", "null", ""), ("t", "text", "two words")]
        assert one.line == 'n:=3 z:=null t="two words"'


async def test_rows_are_typed_by_keyboard_alone_and_the_line_follows() -> None:
    async with opened_form() as one:
        await one.type("E_MINE")
        await one.press("enter")
        await one.type("ip")
        await one.press("tab", "tab")
        await one.type("192.0.2.1")
        await one.press("down")
        assert one.line == "ip=192.0.2.1"
        await one.press("shift+tab", "i", "shift+tab")
        await one.type("count")
        await one.press("tab", "tab")
        await one.type("3")
        assert one.rows == [("ip", "text", "192.0.2.1"), ("count", "int", "3")]
        assert one.line == "ip=192.0.2.1 count:=3"


async def test_the_rows_follow_the_line() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        one.form.query_one(QuickField).focus()
        await one.type('a:=1.5 b="x y" c:=[1]')
        assert one.rows == [("a", "float", "1.5"), ("b", "text", "x y"), ("c", "text", "[1]")]
        assert one.line == 'a:=1.5 b="x y" c:=[1]'


async def test_values_without_names_are_a_mode_of_the_rows() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        one.form.query_one(QuickField).focus()
        await one.type("one :=2")
        assert not one.form.query_one("RowEditor .name").display
        assert one.rows == [("", "text", "one"), ("", "int", "2")]
        await one.press("f6")
        assert one.text("problem") == "row 1 has no name (F6 sends values only)"


async def test_a_wrong_line_says_its_column_and_keeps_the_rows() -> None:
    async with opened_form() as one:
        await one.load("E_PIKE_BLOCKED")
        one.form.query_one(QuickField).focus()
        await one.type("x two")
        assert one.text("problem") == "column 6: 'two' has no name and the values before it have: write name=value"
        assert one.rows == [("ip", "text", "x")]
        await one.press("f5")
        assert not one.backend.raises
        await one.press("end", *["backspace"] * 4)
        assert not one.form.query_one("#problem").display


async def test_a_wrong_number_is_reported_as_it_is_typed_and_sending_goes_there() -> None:
    async with opened_form() as one:
        await one.load("E_USAGE")
        one.form.query_one(RowList).focus_cell(0, "value")
        await one.type("x")
        assert one.text("problem") == "used: 'x' is not a whole number"
        one.form.query_one(QuickField).focus()
        await one.press("f5")
        assert not one.backend.raises
        assert one.focused is one.form.query(RowEditor).first().query_one(".value")


async def test_rows_are_removed_moved_cleared_and_brought_back() -> None:
    async with opened_form() as one:
        await one.load("E_USAGE")
        one.form.query_one(RowList).focus_cell(0, "name")
        await one.press("shift+down")
        assert one.line == "who= used:=0"
        await one.press("f8")
        assert one.line == "who="
        await one.pilot.click("RowEditor .remove")
        await one.settle()
        assert one.line == ""
        await one.press("f7")
        assert one.line == "used:=0 who="
        await one.press("f7")
        assert one.line == ""


@pytest.mark.parametrize("key", ["f5", "ctrl+r"])
async def test_sending_raises_what_the_preview_shows_and_tells_each_result(key: str) -> None:
    backend = FakeBackend()
    _subscribed(backend, "udp:127.0.0.1:9", "unix:/run/x")
    async with opened_form(backend) as one:
        await one.load("E_PIKE_BLOCKED", Params(("192.0.2.1",), ("ip",)))
        assert one.text("subscriber-count") == "2 subscribers"
        assert '"params":{"ip":"192.0.2.1"}' in one.text("preview")
        await one.press(key)
        assert backend.raises == [("E_PIKE_BLOCKED", Params(("192.0.2.1",), ("ip",)))]
        result = one.text("result").split("\n")
        assert result[0].endswith("✓ 2 sent")
        assert result[1:] == ["✓ udp:127.0.0.1:9   1.0 ms", "✓ unix:/run/x       1.0 ms"]
        assert [record.event for record in one.host.raised] == ["E_PIKE_BLOCKED"]


async def test_a_raise_without_subscribers_says_which_key_helps() -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        await one.press("f5")
        assert one.text("result") == (
            "#1 raised, but E_MINE has no subscribers\nF2 subscribes a socket, then F5 sends again"
        )
        await one.press("f2")
        assert isinstance(one.host.screen, SubscribeDialog)


async def test_viewers_are_no_subscribers_in_the_form() -> None:
    backend = FakeBackend(Status("udp:127.0.0.1:8080", raises_as="opensips", transports=(UDP,), schemes=(UDP,)))
    backend.silent = True
    backend.states[2] = EventState(MINE, viewers=1)
    viewer = Subscription("E_MINE", Socket("udp", "127.0.0.1:29500"), 60)
    backend.members.append(SubscriptionState(viewer, viewer=True))
    async with opened_form(backend) as one:
        await one.load("E_MINE")
        assert one.text("subscriber-count") == "no subscribers"
        await one.press("f5")
        assert one.text("result").endswith("; it has no subscribers but viewers")


async def test_a_server_that_tells_no_results_is_said_to_tell_none() -> None:
    backend = FakeBackend()
    backend.silent = True
    async with opened_form(backend) as one:
        await one.load("E_MINE")
        await one.press("f5")
        assert one.text("result").endswith("✓ accepted by the server, which does not tell the results")
        assert one.host.raised == []


async def test_an_unknown_event_says_how_to_publish_it() -> None:
    async with opened_form() as one:
        await one.load("E_NEW")
        assert one.text("event-note") == "no such event; start with --event E_NEW to publish it"
        one.backend.refusal = UnknownEventError("E_NEW")
        await one.press("f5")
        assert one.text("result") == "no such event; start with --event E_NEW to publish it"


@pytest.mark.parametrize("error", [NestingError("E_MINE", 100), BackendError("the server is away")])
async def test_a_refused_raise_is_reported(error: Exception) -> None:
    async with opened_form() as one:
        await one.load("E_MINE")
        one.backend.refusal = error
        await one.press("f5")
        assert one.text("result") == f"not raised: {error}"


async def test_a_backend_that_is_away_is_reported_and_the_form_stays() -> None:
    backend = FakeBackend()
    backend.refusal = BackendError("connection refused")
    async with opened_form(backend) as one:
        await one.type("E_X")
        assert one.text("event-note") == "connection refused"


async def test_a_read_only_backend_is_not_asked() -> None:
    async with opened_form(FakeBackend(Status("fake", read_only=True))) as one:
        await one.load("E_MINE")
        await one.press("f5", "f2")
        assert one.text("result") == "read-only: raising is refused"
        assert not one.backend.raises
        assert not isinstance(one.host.screen, SubscribeDialog)


async def test_no_event_is_asked_for() -> None:
    async with opened_form() as one:
        one.form.query_one(QuickField).focus()
        await one.press("f5")
        assert one.text("result") == "which event? type its name"
        assert one.focused is one.form.query_one("EventField Input")


async def test_a_result_of_another_event_is_not_shown_any_more() -> None:
    async with opened_form() as one:
        one.form.query_one(QuickField).focus()
        await one.press("f5")
        assert one.text("result")
        await one.load("E_MINE")
        assert one.text("result") == ""


async def test_a_second_raise_waits_for_the_first() -> None:
    backend = FakeBackend()
    backend.gate = anyio.Event()
    async with opened_form(backend) as one:
        await one.load("E_MINE")
        await one.press("f5")
        assert one.text("result") == "sending …"
        await one.press("f5")
        assert one.text("result") == "still sending: the backend has not answered yet"
        backend.gate.set()
        await one.settle()
        assert one.text("result").startswith("#1 raised")
    assert (len(backend.raises), backend.cancelled) == (1, 0)


async def test_leaving_waits_until_an_unanswered_raise_has_ended() -> None:
    backend = FakeBackend()
    backend.gate = anyio.Event()
    async with opened_form(backend) as one:
        await one.load("E_MINE")
        await one.press("f5")
    assert backend.cancelled == 1


async def test_up_and_down_in_the_line_walk_through_what_was_sent() -> None:
    async with opened_form() as one:
        await one.load("E_MINE", Params((1,), ("a",)))
        await one.press("f5")
        await one.load("E_USAGE", Params((2,), ("b",)))
        await one.press("f5")
        await one.load("E_PIKE_BLOCKED", Params((3,), ("c",)))
        one.form.query_one(QuickField).focus()
        seen: list[tuple[str, str]] = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await one.press(key)
            seen.append((one.form.query_one(EventField).value, one.line))
        mine, usage, unsent = ("E_MINE", "a:=1"), ("E_USAGE", "b:=2"), ("E_PIKE_BLOCKED", "c:=3")
        assert seen == [usage, mine, mine, usage, unsent, unsent]


async def test_loading_over_unsent_rows_keeps_them_in_the_history() -> None:
    async with opened_form() as one:
        await one.load("E_MINE", Params((1,), ("a",)))
        await one.load("E_USAGE")
        one.form.query_one(QuickField).focus()
        await one.press("up")
        assert one.line == "a:=1"


async def test_hostile_text_is_shown_safely_and_sent_unchanged() -> None:
    async with opened_form(size=(120, 40)) as one:
        params = Params((HOSTILE, HOSTILE), (HOSTILE, "b"))
        await one.load(HOSTILE, params)
        assert not set(painted(one.host)) & {"\x1b", "\x07", "\u202e"}
        await one.press("f5")
        assert one.backend.raises == [(HOSTILE, params)]


async def test_a_pasted_escape_is_made_visible() -> None:
    async with opened_form() as one:
        field = one.form.query_one(QuickField)
        field.insert_text_at_cursor("a=\x1b[2J")
        assert field.value == "a=␛[2J"


async def test_tab_walks_through_every_field_and_leaves_at_the_end() -> None:
    async with opened_form() as one:
        await one.load("E_PIKE_BLOCKED")
        one.form.query_one(EventField).focus_input()
        walked: list[object] = []
        for _ in range(8):
            await one.press("tab")
            walked.append(one.focused)
        rows = one.form.query(RowEditor)
        assert walked[0] is one.form.query_one("#mode")
        assert walked[1:7] == [editor.query_one(cell) for editor in rows for cell in (".name", ".kind", ".value")]
        assert walked[7] is one.form.query_one(QuickField)


async def test_no_printable_key_leaves_the_form_whichever_field_has_the_cursor() -> None:
    async with opened_form() as one:
        await one.load("E_PIKE_BLOCKED")
        for field in one.host.screen.focus_chain:
            one.host.screen.set_focus(field)
            await one.press("q", "slash", "1", "space", "plus", "R")
        assert one.host.heard == []


async def test_f4_goes_to_the_line_and_the_hints_say_so() -> None:
    async with opened_form() as one:
        await one.press("f4")
        assert one.focused is one.form.query_one(QuickField)
        assert "F4 line" in one.text("hints")


async def test_a_choice_is_shown_whole_after_a_shorter_one() -> None:
    host = Host(ChoiceField(("values only", "names and values"), "values only"))
    async with host.run_test() as pilot:
        await pilot.press("tab", "n")
        await pilot.pause()
        assert "names and values ▾" in painted(host)


async def test_the_bytes_are_folded_at_the_edge() -> None:
    async with opened_form() as one:
        await one.load("E_MINE", Params(("a b " * 60,), ("v",)))
        lines = one.text("preview").split("\n")[1:-1]
        assert {len(line) for line in lines} == {one.form.query_one("#preview").content_size.width}


async def test_a_null_takes_no_text() -> None:
    async with opened_form() as one:
        await one.load("E_PIKE_BLOCKED")
        one.form.query_one(RowList).focus_cell(0, "kind")
        await one.press("n")
        assert one.rows == [("ip", ValueKind.NULL, "")]
        assert one.form.query(RowEditor).first().query_one(".value").disabled
        await one.press("space")
        assert one.rows == [("ip", ValueKind.JSON, "")]
