"""The cache of the script, stored in and fetched from outside."""

import pytest

from evtui.core.errors import RequestError
from evtui.script.runtime import local_cache
from evtui.script.runtime.local_cache import LocalCache
from evtui.scripting.cache_access import CacheAccess
from tests.fakes.engine_fakes import FakeClock


def test_a_text_is_fetched_until_it_expires_or_is_removed() -> None:
    clock, cache = FakeClock(), LocalCache()
    access = CacheAccess(cache, clock)
    access.store("local", "k", "v", 10)
    access.store("local", "ever", "w", 0)
    assert cache.get(":k", clock()) == "v", "scripts find it"
    clock.pass_by(9.5)
    assert (access.fetch("local", "k"), access.fetch("local", "ever")) == ("v", "w")
    clock.pass_by(0.5)
    assert (access.fetch("local", "k"), access.fetch("local", "ever")) == (None, "w")
    access.remove("local", "ever")
    access.remove("local", "never stored")
    assert access.fetch("local", "ever") is None


def test_a_counter_of_a_script_is_fetched_as_text() -> None:
    cache = LocalCache()
    cache.add(":n", 5, 0, 0.0)
    assert CacheAccess(cache, FakeClock()).fetch("local", "n") == "5"


def test_each_group_has_its_own_keys() -> None:
    cache = LocalCache()
    access = CacheAccess(cache, FakeClock())
    access.store("local:a", "k", "1", 0)
    access.store("local", "k", "2", 0)
    assert [access.fetch(system, "k") for system in ("local:a", "local", "local:", "local:b")] == ["1", "2", "2", None]


@pytest.mark.parametrize("system", ["redis", "LOCAL", "locally:a", ""])
def test_another_cache_is_refused(system: str) -> None:
    with pytest.raises(RequestError, match="there is only the cache 'local'"):
        CacheAccess(LocalCache(), FakeClock()).fetch(system, "k")


def test_without_a_script_there_is_none() -> None:
    with pytest.raises(RequestError, match="no script is loaded"):
        CacheAccess(None, FakeClock()).fetch("local", "k")


def test_a_full_cache_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_cache, "MAX_ENTRIES", 1)
    cache = LocalCache()
    access = CacheAccess(cache, FakeClock())
    access.store("local", "a", "1", 0)
    with pytest.raises(RequestError, match="the local cache is full"):
        access.store("local", "b", "2", 0)
