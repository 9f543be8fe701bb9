"""A configuration that was read again: what a running engine takes of it, what waits, and what a wrong one changes."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest

from evtui.config.config_loader import LoadedConfig, combine_settings
from evtui.config.setting_sources import from_tree
from evtui.core.errors import BadSettingError, ReadOnlyError
from evtui.core.records import Refreshed, Unsubscribed
from evtui.engine.engine import Engine
from evtui.persistence.configuration_reload import ConfigurationReload
from evtui.persistence.configured_subscriptions import subscribe_configured
from tests.fakes.engine_fakes import FakeTransport, fake_engine

A, B, C = "udp:127.0.0.1:9001", "udp:127.0.0.1:9002", "udp:127.0.0.1:9003"


class UdpTransport(FakeTransport):
    """The fake transport under a scheme that the configuration knows."""

    @property
    def infos(self) -> tuple[object, ...]:  # type: ignore[override]
        from evtui.transports.datagram.settings import INFOS

        return INFOS


class FakeScript:
    """A script that counts its reloads."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.reloads = 0
        self._read_only = read_only

    async def reload(self) -> str | None:
        """Count, or refuse."""
        if self._read_only:
            raise ReadOnlyError("reload")
        self.reloads += 1
        return None


def _loaded(events: Sequence[str], *subscribe: str, **more: object) -> LoadedConfig:
    return combine_settings(list(from_tree({"events": [*events], "subscribe": [*subscribe], **more}, "test")))


@asynccontextmanager
async def _running(
    loaded: LoadedConfig, script: FakeScript | None = None
) -> AsyncGenerator[tuple[Engine, ConfigurationReload, set[tuple[str, str]]]]:
    engine = fake_engine(*loaded.config.events, transport=UdpTransport())
    async with anyio.create_task_group() as tasks:
        configured = {*await subscribe_configured(engine, loaded, tasks, anyio.sleep)}
        yield engine, ConfigurationReload(engine, tasks, anyio.sleep, loaded, configured, script), configured
        tasks.cancel_scope.cancel()


def _subscribed(engine: Engine) -> set[tuple[str, str, int | None]]:
    return {
        (state.subscription.event, str(state.subscription.socket), state.subscription.expire)
        for state in engine.subscription_states()
    }


async def test_new_events_and_subscriptions_are_made_and_those_left_out_end() -> None:
    async with _running(_loaded(["E_A"], f"E_A {A}", f"E_A {B}")) as (engine, reload, configured):
        engine.subscribe("E_A", C)
        report = await reload.apply(_loaded(["E_A", "E_B"], f"E_A {A}", f"E_B {A} 60"))
        assert _subscribed(engine) == {("E_A", A, None), ("E_A", C, None), ("E_B", A, 60)}
        assert (list(report.published), report.subscribed, report.ended) == (["E_B"], 1, 1)
        assert str(report) == "1 events published; 1 subscribed; 1 ended"
        assert configured == {("E_A", A), ("E_B", A)}
        records = engine.journal.since(0)[0]
        assert not [record for record in records if isinstance(record, Refreshed)]
        (ended,) = [record for record in records if isinstance(record, Unsubscribed)]
        assert ended.by == "the configuration, which was read again"


async def test_another_expiry_refreshes() -> None:
    async with _running(_loaded(["E_A"], f"E_A {A}")) as (engine, reload, _):
        await reload.apply(_loaded(["E_A"], f"E_A {A} 60"))
        assert _subscribed(engine) == {("E_A", A, 60)}


async def test_wildcards_are_made_and_ended_too() -> None:
    async with _running(_loaded(["E_A", "E_B"], f"E_* {A}")) as (engine, reload, _):
        await reload.apply(_loaded(["E_A", "E_B"], f"E_B* {B}"))
        assert _subscribed(engine) == {("E_B", B, None)}


async def test_the_same_again_changes_nothing() -> None:
    async with _running(_loaded(["E_A"], f"E_A {A}")) as (engine, reload, _):
        written = engine.journal.written
        assert str(await reload.apply(_loaded(["E_A"], f"E_A {A}"))) == "no event or subscription has changed"
        assert engine.journal.written == written


@pytest.mark.parametrize(
    ("subscribe", "why"), [(f"E_NONE {A}", r"subscribe\[1\]"), ("E_A udp:127.0.0.1:9?payload=x", r"subscribe\[1\]")]
)
async def test_a_wrong_line_changes_nothing(subscribe: str, why: str) -> None:
    async with _running(_loaded(["E_A"], f"E_A {A}")) as (engine, reload, configured):
        with pytest.raises(BadSettingError, match=why):
            await reload.apply(_loaded(["E_A", "E_B"], f"E_B {B}", subscribe))
        assert _subscribed(engine) == {("E_A", A, None)}
        assert engine.catalogue.get("E_B") is None
        assert configured == {("E_A", A)}


async def test_what_waits_for_the_next_start_is_named_once_it_changes() -> None:
    async with _running(_loaded(["E_A", "E_B"])) as (engine, reload, _):
        changed = _loaded(["E_A"], read_only=True, mi={"http": "127.0.0.1:1"}, log_file="/x", alert={"bell": False})
        report = await reload.apply(changed)
        assert list(report.waiting) == ["read_only", "mi.http", "events that were left out"]
        assert engine.catalogue.get("E_B") is not None
        assert list((await reload.apply(changed)).waiting) == []


async def test_the_script_is_read_again_and_that_of_a_read_only_server_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = FakeScript()
    async with _running(_loaded(["E_A"]), script) as (_, reload, _configured):
        await reload.apply(_loaded(["E_A"]))
    assert script.reloads == 1
    async with _running(_loaded(["E_A"]), FakeScript(read_only=True)) as (_, reload, _configured):
        await reload.apply(_loaded(["E_A"]))
    assert "SIGHUP: read-only: reload is refused" in caplog.text
