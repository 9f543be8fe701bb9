"""What is loaded when the console is painted first: every further module makes each start slower."""

import os
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.functional.processes.pty_process import PtyProcess

BEFORE_THE_PAINT = {
    "__main__", "backends.late_backend", "bootstrap.console", "bootstrap.logs", "storage.runtime_dir",
    "bootstrap.real_clocks", "cli", "codecs.csv_text", "codecs.display_text", "codecs.jsonvalue", "codecs.sockets",
    "config", "core", "filters.decisions", "filters.record_facts", "filters.rules",
    "persistence.exit_status", "persistence.kept_choices", "persistence.profile_switch",
    "scripting.program_config",
    "serve.ssh.ssh_settings", "serve.terminal.viewer_settings", "serve.web.web_settings", "statistics",
    "storage.log_format",
    "storage.private_file", "transports", "ui.actions", "ui.app", "ui.detail", "ui.events", "ui.fleet",
    "ui.guide.guide_actions", "ui.guide.tour_key", "ui.messages", "ui.panes", "ui.recording", "ui.screens",
    "ui.script.reload", "ui.state", "ui.statistics.statistics_key", "ui.statistics.statistics_view", "ui.stream",
    "ui.subscribers", "ui.terminal",
    "ui.text", "ui.themes", "ui.widgets",
}  # fmt: skip
"""The modules and rooms of evtui that may be loaded by then."""

AFTER_THE_PAINT = {
    "cli.raising": "commands, when they are given",
    "cli.rules": "commands, when they are given",
    "cli.scripts": "commands, when they are given",
    "cli.settings.config_group": "commands, when they are given",
    "config.server_texts": "addresses, when servers are named",
    "ui.detail.subject_lines": "the lines of the detail, when something is selected",
    "ui.stream.filters.filter_typing": "the filter language, when a filter is typed",
    "ui.forms": "forms and dialogs, when they are opened",
    "ui.fleet.servers_screen": "the list of servers, when it is opened",
    "ui.guide.help_screen": "the help, when it is opened",
    "ui.guide.tour": "the tour, when it is shown",
    "ui.guide.palette": "the palette, when it is opened",
    "ui.statistics.statistics_screen": "the Statistics screen, when it is opened",
    "ui.screens.script_screen": "the Script screen, when it is opened",
    "ui.stream.filters.filters_screen": "the list of filters, when it is opened",
    "transports.library_loading": "transports, with the engine",
}
"""What must not be loaded by then, although a room around it may."""

LIBRARIES = {
    "anyio", "click", "markdown_it", "mdit_py_plugins", "msgspec", "platformdirs", "pygments", "rich", "sniffio",
    "textual", "textual_speedups", "typing_extensions",
}  # fmt: skip
"""The libraries that may be loaded by then; of anyio only what needs no event loop."""

_IMPORT = re.compile(rb"import time: +\d+ \| +\d+ \| +(\S+)")


def _loaded_before_the_paint(home: Path) -> set[str]:
    environ = os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home / "state")}
    console = PtyProcess([sys.executable, "-X", "importtime", "-m", "evtui"], environ, 120, 40)
    try:
        console.read_until(b"STARTING")
        return {name.decode() for name in _IMPORT.findall(console.written.partition(b"STARTING")[0])}
    finally:
        console.close()


def _is_in(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def test_only_what_is_seen_first_is_loaded_before_the_first_paint(tmp_path: Path) -> None:
    loaded = _loaded_before_the_paint(tmp_path)
    assert "textual.app" in loaded
    ours = {name.removeprefix("evtui.") for name in loaded if name.startswith("evtui.")}
    packages = {"serve", "ui"} | {room.rpartition(".")[0] for room in BEFORE_THE_PAINT}
    assert {name for name in ours - packages if not _is_in(name, BEFORE_THE_PAINT)} == set()
    assert {name for name in ours if _is_in(name, set(AFTER_THE_PAINT))} == set()
    assert "tomllib" not in loaded, "there is no configuration file"
    assert "importlib.metadata" not in loaded, "it takes 12 to 35 ms of the time until then"
    theirs = {name.partition(".")[0] for name in loaded} & packages_distributions().keys()
    assert theirs - LIBRARIES - {"evtui"} == set()
    assert {name for name in loaded if name.startswith("anyio._backends")} == set()
