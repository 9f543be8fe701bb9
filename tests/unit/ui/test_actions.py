"""The one table of actions."""

from evtui.ui.actions import ACTIONS, BY_ID, key_conflict, offered, row_bindings, screen_bindings, shown_keys
from evtui.ui.panes import PANES

PALETTE_ONLY = {
    "screenshot", "mark_range", "mark_all", "unmark_all", "next_mark", "previous_mark", "tour", "reset_columns",
}  # fmt: skip
"""Actions that have no key until the configuration gives them one."""


def test_every_action_has_a_key_a_word_and_a_sentence() -> None:
    assert all(action.label and action.help[0].isupper() for action in ACTIONS)
    assert {action.id for action in ACTIONS if not action.keys} == PALETTE_ONLY
    assert len(BY_ID) == len(ACTIONS)


def test_no_key_stands_for_two_actions() -> None:
    keys = [key for action in ACTIONS if action.keys for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))


def test_every_action_is_bound_once_under_its_id() -> None:
    bound = [binding.id for binding in (*screen_bindings(), *row_bindings())]
    assert sorted(name for name in bound if name) == sorted(BY_ID)


def test_keys_that_screen_and_tmux_take_are_not_used() -> None:
    taken = {"ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+m", "ctrl+enter"}
    assert not taken & {key for action in ACTIONS for key in action.keys.split(",")}


def test_read_only_offers_nothing_that_changes() -> None:
    assert not [action.id for pane in PANES for action in offered(pane, read_only=True) if action.changes]


def test_a_remapped_key_is_the_one_that_is_shown() -> None:
    assert shown_keys(BY_ID["search"], {}) == ("/",)
    assert shown_keys(BY_ID["search"], {"search": "ctrl+f"}) == ("ctrl+f",)


def test_an_action_without_a_key_can_be_given_one() -> None:
    assert shown_keys(BY_ID["screenshot"], {}) == ()
    assert shown_keys(BY_ID["screenshot"], {"screenshot": "f11"}) == ("f11",)
    assert key_conflict({"raise": "", "search": ""}) is None
    assert key_conflict({"screenshot": "q"}) == ("screenshot", "quit", "q")


def test_two_actions_on_one_key_are_found_and_named() -> None:
    assert key_conflict({"raise": "q"}) == ("raise", "quit", "q")
    assert key_conflict({"search": "ctrl+f, ?"}) == ("search", "help", "?")
    assert key_conflict({"raise": "f9", "quit": "f9"}) == ("quit", "raise", "f9")


def test_an_action_without_a_key_may_be_given_one() -> None:
    without = next(action for action in ACTIONS if not action.keys)
    assert not shown_keys(without, {})
    assert shown_keys(without, {without.id: "f6"}) == ("f6",)
    assert key_conflict({without.id: "q"}) == (without.id, "quit", "q")


def test_keys_may_change_places() -> None:
    assert key_conflict({}) is None
    assert key_conflict({"raise": "q", "quit": "r"}) is None


def test_the_detail_changes_a_subscriber_only_while_it_shows_one() -> None:
    shown = {
        source: {action.id for action in offered("detail", read_only=False, source=source) if action.of_subscriber}
        for source in PANES
    }
    assert shown["subscribers"] == {"renew", "unsubscribe", "change_expiry", "renew_socket", "test_subscriber"}
    assert not shown["stream"] | shown["events"]
