"""The lines around the panes: status, tabs, keys and hint."""

import re

from msgspec.structs import replace

from evtui.codecs.display_text import UNTOLD
from evtui.core.fleet_port import ServerState
from evtui.core.ports import QueueUse, Status
from evtui.core.records import Refused
from evtui.core.values import Params
from evtui.filters.rules.parse_rule import parse_rule
from evtui.ui.screens.status_lines import STATUS_WORDS, hint_text, key_words, status_words, tab_words
from evtui.ui.state.console_state import ConsoleState, Unread
from evtui.ui.state.next_steps import next_steps
from evtui.ui.text.cells import plain
from tests.unit.ui.records import member, raised, state


def test_state_and_dropped_are_never_cut_from_the_status() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded", dropped=4), [], [], 0.0)
    kept = [plain(word.cells) for word in status_words(fold, 0.0, read_only=True, demo=True) if not word.rank]
    assert kept == ["● LIVE", "lost 4     "]


def said(fold: ConsoleState) -> list[str]:
    return [plain(word.cells).rstrip() for word in status_words(fold, 0.0, read_only=False, demo=False)]


def test_the_status_counts_what_was_raised_and_what_became_of_it() -> None:
    fold = ConsoleState()
    nobody, refused = raised(subscribers=0), Refused(0.0, "E_MINE", Params(), "403", "read-only")
    fold.take_records([raised(), raised(failed=(0,)), nobody, nobody, refused], 0.0)
    assert {"raised 4", "delivered 1", "failed 1", "no subscribers 2", "refused 1", "lost 0"} <= set(said(fold))


def test_of_a_watched_server_the_status_tells_the_servers_own_counters() -> None:
    fold = ConsoleState()
    fold.take_states(
        Status("udp:h:1", tells_all=False, sent=7, failed=2, no_subscribers=45_000, refused=1), [], [], 0.0
    )
    assert {"received 0", "delivered 7", "failed 2", "no subscribers 45,000", "refused 1"} <= set(said(fold))
    fold.take_states(Status("udp:h:1", tells_all=False, sent=None, failed=None, dropped=None), [], [], 0.0)
    words = said(fold)
    assert not [
        word for word in words if word.startswith(("raised", "delivered", "failed", "no subscribers", "refused"))
    ]


def test_a_list_of_servers_that_is_wrong_is_told_and_hides_no_trouble() -> None:
    fold = ConsoleState()
    trouble = "/etc/evtui/more: line 3: server 'pigeon:home': 'pigeon' is not a known scheme"
    fold.take_states(Status("2 servers", gaps="a is away", list_trouble=trouble), [], [], 0.0)
    assert hint_text(fold, None) == f"{trouble}. The servers stay as they were."


def test_of_a_mixed_fleet_the_status_says_how_many_servers_tell_outcomes() -> None:
    fold = ConsoleState()
    servers = ServerState("a", "unix:/a"), ServerState("b", "udp:h:1", tells_all=False), ServerState("c", "unix:/c")
    status = Status("3 servers", tells_all=False, sent=7, failed=2, no_subscribers=5, refused=1, servers=servers)
    fold.take_states(status, [], [], 0.0)
    told = {"delivered 7 at 2 of 3", "failed 2 at 2 of 3", "refused 1 at 2 of 3", "no subscribers 5 at 2 of 3"}
    assert told | {"received 0"} <= set(said(fold))
    alike = tuple(replace(server, tells_all=True) for server in servers)
    assert replace(status, tells_all=True, servers=alike).told_by == ""
    assert replace(status, servers=tuple(replace(server, tells_all=False) for server in servers)).told_by == ""


def test_the_help_explains_each_counted_word_of_the_status() -> None:
    fold = ConsoleState()
    fold.stream.evicted = 1
    fold.take_states(
        Status("udp:h:1", tells_all=False, sent=1, failed=1, dropped=1, queued=1, no_subscribers=1, refused=1,
               duplicates=1),
        [], [], 0.0,
    )  # fmt: skip
    fold.unread = Unread(1, 1)
    fold.alerts.rules.set_rule("silent", parse_rule("no E_A for 1 s", 0.0), 0.0)
    list(fold.alerts.rules.look(2.0, 2.0))
    counted = {found[1] for word in said(fold) if (found := re.fullmatch(r"([a-z ]+) [\d,]+", word))}
    assert counted | {"raised", "◉"} == set(STATUS_WORDS)


def test_nothing_is_live_and_nothing_is_kept_before_the_first_answer() -> None:
    fold = ConsoleState()
    words = [plain(word.cells).strip() for word in status_words(fold, 0.0, read_only=False, demo=False)]
    assert {"○ STARTING", f"lost {UNTOLD}"} <= set(words)
    assert not [word for word in words if word.startswith(("raised", "received", "delivered", "failed"))]
    fold.take_trouble("udp:h:1: Connection refused; retry in 2 s", 0.0)
    assert hint_text(fold, None) == "udp:h:1: Connection refused."
    fold.take_states(Status("udp:h:1"), [], [], 0.0)
    fold.take_trouble("udp:h:1: Connection refused; retry in 2 s", 0.0)
    assert hint_text(fold, None) == "udp:h:1: Connection refused. What was received is still shown."


def test_the_status_says_paused_and_how_many_came_since() -> None:
    fold = ConsoleState()
    fold.stream.freeze("paused")
    fold.take_records([raised()] * 312, 0.0)
    words = [plain(word.cells) for word in status_words(fold, 0.0, read_only=False, demo=False)]
    assert "‖ PAUSED +312" in words


def test_the_status_says_when_all_queues_together_are_nearly_full() -> None:
    fold = ConsoleState()
    for held, said in ((79, []), (80, ["queues 80 % full"]), (100, ["queues 100 % full"])):
        fold.take_states(Status("embedded", queued=1, queue_use=QueueUse(held, 100)), [], [], 0.0)
        words = [plain(word.cells) for word in status_words(fold, 0.0, read_only=False, demo=False)]
        assert [word for word in words if word.startswith("queues ")] == said


def test_a_read_only_console_offers_nothing_that_changes() -> None:
    tabs = [word.action for word in tab_words("events", read_only=True)]
    keys = [word.action for word in key_words("subscribers", {}, read_only=True)]
    assert "show_raise" not in tabs
    assert not {"raise", "subscribe", "unsubscribe", "renew"} & set(keys)


def test_the_hint_says_what_is_not_listed_and_what_the_server_cannot_do() -> None:
    fold = ConsoleState()
    fold.take_states(Status("udp:h:1", can_raise=False, why_no_raise="No raise here"), [state("E_MINE")], [], 0.0)
    fold.steps = next_steps(fold.status, {}, read_only=False)
    assert hint_text(fold, state("E_MINE")).startswith("No raise here.")
    fold.take_states(Status("udp:h:1", gaps="E_MINE: too many"), [state("E_MINE")], [], 0.0)
    assert hint_text(fold, state("E_MINE")) == "Not all subscriptions are shown. E_MINE: too many."


def test_the_hint_names_the_next_key_until_it_has_been_used() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded"), [state("E_MINE")], [], 0.0)
    fold.steps = next_steps(fold.status, {}, read_only=False)
    assert "s subscribes a socket to E_MINE" in hint_text(fold, state("E_MINE"))
    fold.take_states(Status("embedded"), [state("E_MINE")], [member()], 0.0)
    assert "r raises E_MINE" in hint_text(fold, state("E_MINE"))
    assert hint_text(fold, state("E_MINE"), is_typing=True) == ""
    fold.take_records([raised()], 0.0)
    assert hint_text(fold, state("E_MINE")) == ""


def test_failures_stay_in_a_narrow_line_longer_than_other_counts() -> None:
    fold = ConsoleState()
    fold.counts.raised, fold.counts.failed, fold.counts.no_subscribers = 60, 9, 2
    words = {plain(word.cells).split("  ")[0].rsplit(" ", 1)[0]: word.rank
             for word in status_words(fold, 0.0, read_only=False, demo=True)}  # fmt: skip
    assert words["lost"] < words["failed"] < words["raised"] < words["no subscribers"]
