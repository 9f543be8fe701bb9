"""The drafts that were sent: walked through as in a shell, the unsent one waits at the end."""

from evtui.ui.forms.raising.draft_history import MAX_DRAFTS, DraftHistory
from evtui.ui.forms.raising.raise_draft import RaiseDraft


def test_walking_back_and_forth_ends_at_the_unsent_draft() -> None:
    history = DraftHistory()
    for name in "ab":
        history.add(RaiseDraft(name))
    seen = [history.walk(RaiseDraft("unsent"), step) for step in (1, 1, 1, -1, -1, -1)]
    assert [draft and draft.event for draft in seen] == ["b", "a", None, "b", "unsent", None]


def test_sending_the_same_twice_is_remembered_once() -> None:
    history = DraftHistory()
    history.add(RaiseDraft("a"))
    history.add(RaiseDraft("a"))
    assert history.walk(RaiseDraft(), 1) == RaiseDraft("a")
    assert history.walk(RaiseDraft(), 1) is None


def test_an_edit_starts_again_from_the_newest() -> None:
    history = DraftHistory()
    for name in "ab":
        history.add(RaiseDraft(name))
    history.walk(RaiseDraft(), 1)
    history.walk(RaiseDraft(), 1)
    history.rest()
    assert history.walk(RaiseDraft("edited"), 1) == RaiseDraft("b")


def test_only_so_many_are_remembered() -> None:
    history = DraftHistory()
    for number in range(MAX_DRAFTS + 1):
        history.add(RaiseDraft(str(number)))
    drafts = [history.walk(RaiseDraft(), 1) for _ in range(MAX_DRAFTS)]
    assert drafts[-1] == RaiseDraft("1")
    assert history.walk(RaiseDraft(), 1) is None
