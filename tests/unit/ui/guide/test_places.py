"""How like a name is to what was typed."""

import pytest

from evtui.ui.guide.places import likeness


@pytest.mark.parametrize("query", ["event pike", "pike", "e_pike_blocked", "epb", "gtepike"])
def test_a_name_is_found_by_words_and_by_letters_in_order(query: str) -> None:
    assert likeness(query, "go to event e_pike_blocked") > 0


@pytest.mark.parametrize("query", ["", " ", "pikex", "kcolb", "zz"])
def test_other_names_are_not_found(query: str) -> None:
    assert likeness(query, "go to event e_pike_blocked") == 0


def test_words_count_more_than_scattered_letters() -> None:
    assert likeness("acc", "go to event e_acc_cdr") > likeness("acc", "go to event e_a_call_ack_c")
    assert likeness("event", "go to event x") > likeness("event", "go to e v e n t")
