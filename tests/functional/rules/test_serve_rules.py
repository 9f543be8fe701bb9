"""Watch rules in real processes: `serve` logs and starts the command, `evtui rules` checks, lists and runs them."""

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.waiting import until
from tests.limits import HANG
from tests.processes import read_line


def configure(evtui: Evtui, out: Path) -> Path:
    script = evtui.directory / "alert.py"
    script.write_text(f"import sys; open({str(out)!r}, 'ab').write(sys.stdin.buffer.read())")
    file = evtui.directory / "evtui.toml"
    file.write_text(
        f"""
        events = ["E_A"]
        [rules]
        often = "E_A and ip=192.0.2.* > 2 in 1 min"
        silent = "no E_NEVER for 300 ms"
        [alert]
        command = ["{sys.executable}", "{script}"]
        """
    )
    return file


async def test_serve_logs_what_fires_and_starts_the_command(evtui: Evtui) -> None:
    out = evtui.directory / "fired.jsonl"
    file = configure(evtui, out)
    with evtui.serving("--config", str(file)) as serve:
        for number in range(4):
            evtui.run("raise", "E_A", f"ip=192.0.2.{number}")
        await until(lambda: out.exists() and out.read_bytes().count(b"\n") == 2)
        ended = serve.stop()
    fired = {each["rule"]: each for each in map(json.loads, out.read_text().splitlines())}
    assert fired["often"]["params"] == {"ip": "192.0.2.2"}
    assert "event" not in fired["silent"]
    assert "rule often fired: E_A and ip=192.0.2.* > 2 in 1 min (E_A)" in ended.err
    assert "rule silent fired: no E_NEVER for 300 ms" in ended.err


@pytest.mark.parametrize(("table", "name", "why"), [
    ("rules", "slow", "column 15: a time is missing"), ("filters", "mine", "column 9: a bracket is not closed"),
])  # fmt: skip
def test_a_wrong_rule_or_filter_of_the_configuration_is_told_at_the_start(
    evtui: Evtui, table: str, name: str, why: str
) -> None:
    file = evtui.directory / "evtui.toml"
    text = "failed > 3 in 10" if table == "rules" else "a and (b "
    file.write_text(f'[{table}]\n{name} = "{text}"\n')
    for words in (("serve", "--config", str(file)), ("config", "check", "--config", str(file))):
        ran = evtui.run(*words)
        assert ran.status == 2
        assert f"{table}.{name}" in ran.err
        assert why in ran.err
        assert str(file) in ran.err


def test_rules_are_checked_and_listed(evtui: Evtui) -> None:
    assert evtui.run("rules", "check", "failed > 3 in 10 s", "no E_A for 1 min").status == 0
    wrong = evtui.run("rules", "check", "failed > 3 in 10")
    assert wrong.status == 2
    assert "column 15: a time is missing" in wrong.err
    told = evtui.run("rules", "check", "--json", "no E_A")
    assert (told.status, told.json["column"]) == (2, 7)
    file = configure(evtui, evtui.directory / "x")
    assert "E_A and ip=192.0.2.* > 2 in 1 min" in evtui.run("rules", "list", "--config", str(file)).out
    assert evtui.run("rules", "check", "--config", str(file)).lines[0].startswith("right: ")
    assert evtui.run("rules", "run").status == 2


def test_rules_run_on_a_server_until_a_signal(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A"):
        process = evtui.start("rules", "run", "--json", "E_A > 1 in 1 min")
        try:
            assert "1 rule on" in read_line(process, process.stderr)
            for _ in range(3):
                evtui.run("raise", "E_A", "n:=1")
            fired = json.loads(read_line(process, process.stdout))
            assert (fired["rule"], fired["event"], fired["times"]) == ("1", "E_A", 1)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=HANG)
        assert process.returncode == 0
