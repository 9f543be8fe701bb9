"""The catalogue: ids in order, names once and for ever, the static events with what is documented of them."""

import pytest

from evtui.core.errors import BadEventNameError
from evtui.core.values import is_wildcard
from evtui.engine.catalogue import Catalogue, static_events


def test_static_events_have_ids_from_0_in_order() -> None:
    events = static_events()
    assert [event.id for event in events] == list(range(63))
    assert events[0].name == "E_CORE_THRESHOLD"


def test_static_events_know_their_module_and_parameters() -> None:
    blocked = Catalogue(static_events()).get("E_PIKE_BLOCKED")
    assert blocked is not None
    assert (blocked.module, blocked.dynamic) == ("pike", False)
    assert [parameter.name for parameter in blocked.parameters] == ["ip"]


def test_a_published_name_comes_after_the_static_ones_and_is_dynamic() -> None:
    catalogue = Catalogue(static_events())
    event, new = catalogue.publish("E_MINE")
    assert (event.id, event.dynamic, new) == (63, True, True)


def test_publishing_twice_returns_the_first_id() -> None:
    catalogue = Catalogue()
    first, _ = catalogue.publish("E_A")
    catalogue.publish("E_B")
    assert catalogue.publish("E_A") == (first, False)


def test_names_are_told_apart_byte_for_byte() -> None:
    catalogue = Catalogue()
    catalogue.publish("E_A")
    assert catalogue.get("e_a") is None


@pytest.mark.parametrize("name", ["x" * 64, "é" * 32, "with space", "\udcff\udcfe"])
def test_any_bytes_up_to_64_are_a_name(name: str) -> None:
    assert Catalogue().publish(name)[0].name == name


@pytest.mark.parametrize(("name", "why"), [("", "empty"), ("x" * 65, "65 bytes"), ("é" * 33, "66 bytes")])
def test_a_longer_or_empty_name_is_refused_and_not_published(name: str, why: str) -> None:
    catalogue = Catalogue()
    with pytest.raises(BadEventNameError, match=why):
        catalogue.publish(name)
    assert len(catalogue) == 0


def test_wildcards_match_as_in_a_shell_by_id() -> None:
    catalogue = Catalogue(static_events())
    assert catalogue.matching("E_ACC_*") == ("E_ACC_CDR", "E_ACC_EVENT", "E_ACC_MISSED_EVENT")
    assert catalogue.matching("e_acc_*") == ()
    assert is_wildcard("E_*")
    assert not is_wildcard("E_ACC_CDR")
