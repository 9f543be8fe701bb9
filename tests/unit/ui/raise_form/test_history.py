"""The drafts that were sent: walked through as in a shell, the unsent one waits at the end."""

from evtui.ui.raise_form.draft import Draft
from evtui.ui.raise_form.history import MAX_DRAFTS, History


def test_walking_back_and_forth_ends_at_the_unsent_draft() -> None:
    history = History()
    for name in "ab":
        history.add(Draft(name))
    seen = [history.walk(Draft("unsent"), step) for step in (1, 1, 1, -1, -1, -1)]
    assert [draft and draft.event for draft in seen] == ["b", "a", None, "b", "unsent", None]


def test_sending_the_same_twice_is_remembered_once() -> None:
    history = History()
    history.add(Draft("a"))
    history.add(Draft("a"))
    assert history.walk(Draft(), 1) == Draft("a")
    assert history.walk(Draft(), 1) is None


def test_an_edit_starts_again_from_the_newest() -> None:
    history = History()
    for name in "ab":
        history.add(Draft(name))
    history.walk(Draft(), 1)
    history.walk(Draft(), 1)
    history.rest()
    assert history.walk(Draft("edited"), 1) == Draft("b")


def test_only_so_many_are_remembered() -> None:
    history = History()
    for number in range(MAX_DRAFTS + 1):
        history.add(Draft(str(number)))
    drafts = [history.walk(Draft(), 1) for _ in range(MAX_DRAFTS)]
    assert drafts[-1] == Draft("1")
    assert history.walk(Draft(), 1) is None
