"""What a console that runs an engine of its own is told: everything since its engine could raise."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from evtui.bootstrap.console_sources import open_embedded
from evtui.config.setting_sources import from_tree
from evtui.core.ports import Backend
from evtui.core.records import Published, Raised, Subscribed
from evtui.scripting.program_config import combine_with_script


@asynccontextmanager
async def opened(directory: Path, *, demo: bool = False, script: str = "") -> AsyncGenerator[Backend]:
    settings: dict[str, object] = {
        "events": ["E_MINE"], "subscribe": ["E_MINE udp:127.0.0.1:9"], "mi": {"listen": False},
        "engine": {"spool": str(directory / "spool"), "drain": 0.0},
    }  # fmt: skip
    if script:
        file = directory / "script.cfg"
        file.write_text(script, encoding="utf-8")
        settings["script"] = {"files": [str(file)]}
    loaded = combine_with_script(list(from_tree(settings, "keyword")))
    async with open_embedded(loaded, print, demo=demo) as source:
        yield source.backend


async def test_what_a_script_raises_at_its_start_is_read_and_what_the_settings_made_before_is_not() -> None:
    script = 'startup_route { raise_event("E_MINE"); }\nroute { exit; }\n'
    with tempfile.TemporaryDirectory(prefix="evtui-") as directory:
        async with opened(Path(directory), script=script) as backend:
            first, second = [(await backend.watch()).read() for _ in range(2)]
    (record,) = first
    assert isinstance(record, Raised)
    assert (record.serial, record.event, record.plan.size) == (1, "E_MINE", 1)
    assert not second, "the rules begin with what comes next"


async def test_the_demo_is_read_from_its_first_event_and_its_first_raise_on() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-") as directory:
        async with opened(Path(directory), demo=True) as backend:
            records = (await backend.watch()).read()
    assert isinstance(records[0], Published)
    assert any(isinstance(record, Subscribed) for record in records)
    assert next(record.serial for record in records if isinstance(record, Raised)) == 1
