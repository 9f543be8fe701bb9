"""Every screen stays straight with wide, combining, zero-width and right-to-left characters, and with emoji."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.fleet_port import ServerRequests, ServerState
from evtui.core.viewers.session_state import SessionState
from evtui.engine.engine import Engine
from evtui.filters.rules.parse_rule import parse_rule
from tests.fakes.script_fakes import FakeScript, finding, loaded, route
from tests.functional.console.console_scene import Scene, settle, shown, work_done
from tests.functional.small_screens.crooked_lines import crooked

WIDE = "呼び出し📞e\u0301\uff26👩🏽\u200d💻☎\ufe0f🇩🇪שלום مرحبا\u200b\u202e한국\u1112\u1161\u11abก็"
"""CJK, emoji of all kinds, combining and zero-width characters, letters that are written from the right."""

EMOJI = "👩🏽\u200d💻☎\ufe0f🇩🇪"
EVENTS = ("E_呼び出し", "E_📞_CALL", "E_cafe\u0301", "E_\uff26\uff35", f"E_{EMOJI}", "E_שלום", f"E_{WIDE[:20]}")
SOCKET = "unix:/tmp/受信者/ソケット📞שלום.sock"
OTHER = "unix:/tmp/👩🏽\u200d💻/☎\ufe0f.sock"
PARAMS = {"名前": "日本語の値です" * 9, "emoji": WIDE, "cafe\u0301": "e\u0301a\u0300", "שלום": "مرحبا"}

PANES = ("1", "2", "3 o", "3 end enter", "1 end enter t", "p", "h", "d", "1 r", "f5", "f4")
"""Keys that show one pane after the other."""

DIALOGS: Sequence[tuple[str, str]] = (
    ("3 end W", "WhyScreen"), ("escape 1 end W", "WhyScreen"), ("escape 1 e", "ExportDialog"),
    ("escape F", "FiltersScreen"), ("escape w", "RulesScreen"), ("escape V", "ServersScreen"),
    ("escape H", "PickDialog"), ("escape 3 end E", "ExpiryDialog"), ("escape 2 s", "SubscribeDialog"),
    ("escape 1 Y", "PickDialog"), ("escape 1 apostrophe", "JumpScreen"), ("escape S", "StatisticsScreen"),
    ("tab o", "StatisticsScreen"), ("escape 6", "ScriptScreen"), ("7 down", "ScriptScreen"), ("8", "ScriptScreen"),
    ("9", "ScriptScreen"), ("1 r f10", "RunDialog"), ("escape f3", "PickDialog"), ("escape escape", "ConsoleScreen"),
)  # fmt: skip
"""Keys, and the class of the screen that is in front then."""

SCRIPT = f"""\
route[受信📞] {{
    xlog("日本語の値です שלום {EMOJI} e\u0301\\n");  # 한국
\tif ("{EMOJI}") {{ exit; }}
}}
"""


class Fleet:
    """Servers with wide characters in what they tell."""

    servers = (
        ServerState("edge", "unix:/run/受信者/📞.sock", "live", version="OpenSIPS 三 (☎\ufe0f)"),
        ServerState("core", "udp:192.0.2.1:8080", "retry", detail=f"接続できません: {WIDE}"),
    )

    def __init__(self, backend: ServerRequests) -> None:
        self._backend = backend

    def at(self, server: str) -> ServerRequests:
        del server
        return self._backend


class Sessions:
    """Viewers whose keys have wide names."""

    def states(self) -> list[SessionState]:
        return [SessionState(n, WIDE[n:], "viewer", "ssh", "192.0.2.7", "evtui tail 呼", 0.0, 4.0) for n in range(3)]

    def counters(self) -> dict[str, int]:
        return {}

    def end(self, number: int, why: str) -> NoReturn:
        raise AssertionError(number, why)


def wide_script() -> FakeScript:
    script = FakeScript(
        loaded(SCRIPT, [route("route", "受信📞", 1, runs=3)], [finding(2, "error", "x", f"{WIDE}: 誤り")])
    )
    script.say(*(f"{number} {WIDE * number}" for number in range(8)), route="route[受信📞]")
    return script


def wide_scene(files: Path) -> Scene:
    scene = Scene(
        script=wide_script(), files=files / "受信者📞", notices=[f"お知らせ {WIDE * 3}"],
        filters={"通話 📞": "event~呼 or text~שלום", WIDE[:12]: "failed"},
    )  # fmt: skip
    scene.screen.backend.fleet = Fleet(EmbeddedBackend(scene.engine))
    scene.screen.state.sessions = Sessions()
    scene.app.rules.alerts.rules.set_rule("規則 📞 שלום", parse_rule("event~呼 > 1 in 10 s", 0.0), 0.0)
    return scene


def let_happen(engine: Engine) -> None:
    for number, event in enumerate(EVENTS):
        engine.publish(event)
        for socket in (SOCKET, OTHER)[: 1 + number % 2]:
            engine.subscribe(event, socket, 600)
        engine.raise_event(event, PARAMS)


@pytest.mark.parametrize(
    ("size", "steps"),
    [((60, 20), [*DIALOGS, *((keys, "ConsoleScreen") for keys in PANES)]), ((120, 40), [(keys, "") for keys in PANES])],
    ids=["60x20", "120x40"],
)
async def test_wide_characters_keep_screens_straight(
    size: tuple[int, int], steps: Sequence[tuple[str, str]], tmp_path: Path
) -> None:
    """One console goes from screen to screen."""
    scene = wide_scene(tmp_path)
    async with scene.running(*size) as pilot:
        let_happen(scene.engine)
        for keys, screen in steps:
            await pilot.press(*keys.split())
            await settle(scene, pilot)
            await work_done(scene)
            assert screen in {type(scene.app.screen).__name__, ""}, f"{keys}\n{shown(scene)}"
            assert crooked(scene.app.screen) == [], f"{keys}\n{shown(scene)}"
        assert "呼び出し" in shown(scene)
