"""Completion in real shells: commands, options, and the events, sockets and attributes of a real server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.functional.processes.evtui_process import Evtui, Server
from tests.limits import HANG

Shell: TypeAlias = Callable[[Evtui, str], list[str]]

_BASH = """
compopt() { echo option "$@"; }
source <(evtui completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
_evtui_completion evtui
printf '%s\\n' "${COMPREPLY[@]}"
"""

_ZSH = """
compdef() { }
compadd() { print -rl -- "${(@P)@[-1]}" }
_describe() { print -rl -- "${(@P)3}" }
eval "$(evtui completion zsh)"
words=("$@") CURRENT=$#
_evtui_completion
"""


def bash(evtui: Evtui, line: str) -> list[str]:
    """Return what bash offers for a line, and the options that it sets for it."""
    return _shell(evtui, "bash", "--norc", "-c", _BASH, "test", line)


def fish(evtui: Evtui, line: str) -> list[str]:
    """Return what fish offers for a line, without the descriptions."""
    script = "evtui completion fish | source; complete --do-complete $argv[1]"
    return [offer.partition("\t")[0] for offer in _shell(evtui, "fish", "--no-config", "-c", script, line)]


def zsh(evtui: Evtui, line: str) -> list[str]:
    """Return what zsh offers for a line, without the descriptions."""
    offers = _shell(evtui, "zsh", "-f", "-c", _ZSH, "test", *line.split(" "))
    return [offer.replace("\\:", "\0").partition(":")[0].replace("\0", ":") for offer in offers]


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}
each_shell = pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)


def _shell(evtui: Evtui, *command: str) -> list[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environ = {**evtui.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=HANG, check=False)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


@pytest.fixture
def subscribed(evtui: Evtui, serve: Server) -> Evtui:
    assert serve.pid
    for event, port in (("E_PIKE_BLOCKED", 9001), ("E_PIKE_BLOCKED", 9002), ("E_CORE_PKG_THRESHOLD", 9003)):
        assert evtui.run("subscribe", event, f"udp:127.0.0.1:{port}").status == 0
    return evtui


@each_shell
def test_commands_and_options_are_offered(evtui: Evtui, shell: Shell) -> None:
    assert set(shell(evtui, "evtui subs")) == {"subscribers", "subscribe"}
    assert set(shell(evtui, "evtui config ")) == {"show", "path", "check", "edit", "schema"}
    assert "--stdin-jsonl" in shell(evtui, "evtui raise --st")


@each_shell
def test_events_and_attributes_of_the_server_are_offered(subscribed: Evtui, shell: Shell) -> None:
    assert shell(subscribed, "evtui events E_PIKE") == ["E_PIKE_BLOCKED"]
    assert shell(subscribed, "evtui --json why E_CORE_PK") == ["E_CORE_PKG_THRESHOLD"]
    assert shell(subscribed, "evtui raise E_PIKE_BLOCKED i")[-1] == "ip="
    assert "ip=" not in shell(subscribed, "evtui raise E_PIKE_BLOCKED ip=192.0.2.1 ")
    assert "event_subscribe" in shell(subscribed, "evtui mi event_s")


def test_bash_completes_a_socket_behind_its_last_colon(subscribed: Evtui) -> None:
    assert bash(subscribed, "evtui unsubscribe E_PIKE_BLOCKED udp:127.0.0.1:9") == ["9002", "9001"]
    assert bash(subscribed, "evtui why E_CORE_PKG_THRESHOLD ") == ["udp:127.0.0.1:9003"]
    assert bash(subscribed, "evtui subscribe E_PIKE_BLOCKED un") == ["option -o nospace", "unix:"]


def test_fish_completes_a_socket_as_a_whole(subscribed: Evtui) -> None:
    assert fish(subscribed, "evtui unsubscribe E_PIKE_BLOCKED udp:127.0.0.1:9") == [
        "udp:127.0.0.1:9001",
        "udp:127.0.0.1:9002",
    ]


def test_without_a_server_nothing_is_offered_and_nothing_is_said(evtui: Evtui) -> None:
    assert bash(evtui, "evtui events E_") == [""]
    assert bash(evtui, "evtui --mi unix:/nonexistent events E_") == [""]
    assert bash(evtui, "evtui --mi nonsense events E_") == [""]
