"""The console is painted before what it shows is opened."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.functional.processes.pty_process import PtyProcess


def _start(home: Path, *options: str) -> PtyProcess:
    places = {"HOME": home, "XDG_RUNTIME_DIR": home, "XDG_STATE_HOME": home / "state"}
    environ = os.environ | {name: str(path) for name, path in places.items()}
    return PtyProcess([sys.executable, "-m", "evtui", *options], environ, 120, 40)


def test_what_cannot_be_opened_ends_the_console_with_its_error_on_a_clean_terminal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = tmp_path / "evtui.toml"
    config.write_text(f'[engine]\nstate = "{tmp_path}/file/state.json"\n')
    console = _start(tmp_path, "--config", str(config))
    try:
        assert console.wait() == 2
        assert b"engine.state" in console.written.rpartition(b"\x1b[?1049l")[2]
        assert console.after == console.before
    finally:
        console.close()


@pytest.mark.parametrize("keys", [b"6", b"6:"])
def test_a_key_that_comes_before_the_engine_opens_the_screen_of_its_script(tmp_path: Path, keys: bytes) -> None:
    script = tmp_path / "routes.cfg"
    script.write_text('event_route[E_A] {\n    xlog("seen");\n}\nroute[early_route] {\n    exit;\n}\n')
    console = _start(tmp_path, "--script", str(script), "--event", "E_A")
    try:
        console.press(keys)
        console.read_until(b"early_route")
    finally:
        console.close()


def test_a_signal_at_any_moment_of_the_start_ends_it_with_its_status(tmp_path: Path) -> None:
    for moment in (b"STARTING", b"LIVE"):
        console = _start(tmp_path)
        try:
            console.read_until(moment)
            console.process.terminate()
            assert console.wait() == 128 + signal.SIGTERM
        finally:
            console.close()
