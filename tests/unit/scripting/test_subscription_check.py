"""Configured subscriptions are checked without opening anything."""

from pathlib import Path

import pytest

from evtui.config.config_loader import LoadedConfig
from evtui.config.schema import Config
from evtui.config.script_settings import ScriptConfig
from evtui.core.errors import BadSettingError
from evtui.scripting.subscription_check import check_subscriptions
from tests.fakes.engine_fakes import FakeTransport, fake_engine


def checked(*lines: str, files: tuple[str, ...] = ()) -> FakeTransport:
    """Check subscriptions with an engine that has E_A; return its transport."""
    transport = FakeTransport()
    config = Config(subscribe=lines, script=ScriptConfig(files=files))
    check_subscriptions(LoadedConfig(config, {"subscribe": "file:x"}), fake_engine("E_A", transport=transport))
    return transport


def test_events_and_sockets_that_will_be_there_pass_and_nothing_is_opened() -> None:
    assert checked("E_A fake:a", "E_LATER_* fake:b 60").opened == []


@pytest.mark.parametrize(
    ("line", "why"), [("E_NONE fake:a", "E_NONE"), ("E_A fake:bad", "address: it is bad"), ("E_A none:a", "none")]
)
def test_the_wrong_one_is_named_with_its_origin(line: str, why: str) -> None:
    with pytest.raises(BadSettingError, match=why) as refused:
        checked("E_A fake:a", line)
    assert str(refused.value).startswith("bad setting subscribe[1] (file:x): ")


def test_an_event_that_the_script_publishes_is_known(tmp_path: Path) -> None:
    script = tmp_path / "script.cfg"
    script.write_text('route { raise_event("E_OF_SCRIPT"); }\n')
    with pytest.raises(BadSettingError, match="E_OF_SCRIPT"):
        checked("E_OF_SCRIPT fake:a")
    checked("E_OF_SCRIPT fake:a", files=(str(script),))
