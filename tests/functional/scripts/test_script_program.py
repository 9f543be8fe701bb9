"""`evtui serve --script` and `evtui script run` as processes."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.functional.mi.mi_world import free_port
from tests.functional.processes.evtui_process import Evtui
from tests.functional.scripts.script_world import Caller, Receiver, sip_place
from tests.limits import HANG
from tests.paths import TEST_DATA
from tests.processes import read_line

DATA = TEST_DATA / "scripts_run"


@pytest.fixture
def script(evtui: Evtui) -> Path:
    return evtui.directory / "script.cfg"


def mi(evtui: Evtui, *words: str) -> str:
    return evtui.run("mi", *words).out


async def test_serve_runs_a_script_and_answers_sip(evtui: Evtui, script: Path) -> None:
    script.write_text('route { append_to_reply("X-From: $fU\\r\\n"); sl_send_reply("404", "Not Here"); }')
    place = sip_place()
    with evtui.serving("--script", str(script), "--sip", place) as server:
        assert place in server.places
        host, _, port = place.removeprefix("udp:").rpartition(":")
        with closing(Caller((host, int(port)))) as caller:
            caller.socket.sendto(b"rubbish", (host, int(port)))
            caller.send("OPTIONS sip:x@127.0.0.1 SIP/2.0", "1 OPTIONS")
            reply = await caller.next()
        assert reply.startswith("SIP/2.0 404 Not Here\r\n")
        assert "X-From: sipp\r\n" in reply
        assert '"sip:malformed": 1' in mi(evtui, "get_statistics", 'statistics:=["sip:"]')


async def test_sighup_and_mi_reload_the_script_and_a_wrong_one_leaves_the_old(evtui: Evtui, script: Path) -> None:
    with closing(Receiver()) as receiver:
        subscribed = f'startup_route {{ subscribe_event("E_S", "udp:127.0.0.1:{receiver.port}?payload=text"); }}\n'
        script.write_text(subscribed + 'timer_route[t, 1] { $avp(v) = "one"; raise_event("E_S", $avp(v)); }')
        with evtui.serving("--script", str(script)) as server:
            assert await receiver.next() == "E_S\none\n\n"
            script.write_text("route {")
            refused = evtui.run("mi", "reload_routes")
            assert refused.status == 1
            assert "500 reload failed" in refused.err
            assert f"{script}:1:" in refused.err
            assert await receiver.next() == "E_S\none\n\n"
            script.write_text(subscribed + 'timer_route[t, 1] { $avp(v) = "two"; raise_event("E_S", $avp(v)); }')
            server.process.send_signal(signal.SIGHUP)
            with anyio.fail_after(HANG):
                while await receiver.next() != "E_S\ntwo\n\n":
                    pass
            assert evtui.run("mi", "reload_routes").status == 0
            assert server.process.poll() is None


def test_sighup_on_a_read_only_server_reloads_nothing_and_ends_nothing(evtui: Evtui, script: Path) -> None:
    script.write_text("route { }")
    with evtui.serving("--script", str(script), "--read-only") as server:
        server.process.send_signal(signal.SIGHUP)
        assert "read-only: reload is refused" in read_line(server.process, server.process.stderr)
        assert server.process.poll() is None
        assert evtui.run("events").status == 0


async def test_a_statistic_can_be_given_over_mi(evtui: Evtui, script: Path) -> None:
    with closing(Receiver()) as receiver:
        script.write_text(
            f'startup_route {{ subscribe_event("E_L", "udp:127.0.0.1:{receiver.port}?payload=text"); }}\n'
            "timer_route[t, 1] { if ($stat(tcp-load) > 80) {"
            ' $avp(v) := $stat(tcp-load); raise_event("E_L", $avp(v)); } }'
        )
        with evtui.serving("--script", str(script)):
            assert evtui.run("mi", "set_statistic", "tcp-load", "90").status == 0
            assert await receiver.next() == "E_L\n90\n\n"
            assert '"load:tcp-load": 90' in mi(evtui, "get_statistics", 'statistics:=["tcp-load"]')


@pytest.mark.parametrize("command", [("serve", "--script"), ("script", "run"), ("config", "show", "--config")])
def test_a_script_that_does_not_parse_is_shown_line_by_line_as_check_shows_it(
    evtui: Evtui, script: Path, command: tuple[str, ...]
) -> None:
    script.write_text("route {\n  if (1 { # \x1b]0;\u202e\n}")
    config = evtui.directory / "evtui.toml"
    config.write_text(f'script.files = ["{script}"]')
    ran = evtui.run(*command, str(config if "--config" in command else script))
    assert ran.status == 2
    checked = evtui.run("script", "check", str(script)).lines
    assert len(checked) == 3
    assert ran.err.splitlines() == [f"evtui: {checked[0]}", *checked[1:]]
    assert "␛]0;<U+202E>" in checked[1]


def test_sip_without_a_script_and_a_wrong_modparam_are_refused(evtui: Evtui, script: Path) -> None:
    ran = evtui.run("serve", "--sip", f"udp:127.0.0.1:{free_port()}")
    assert ran.status == 2
    assert "script.sip" in ran.err
    script.write_text('\nmodparam("event_rabbitmq", "heartbeat", "often")')
    ran = evtui.run("serve", "--script", str(script))
    assert ran.status == 2
    assert f"(script {script}:2)" in ran.err


def tutorial(evtui: Evtui) -> tuple[str, str]:
    text = (DATA / "tutorial.cfg").read_text()
    for name, value in (("PERMANENT", str(free_port())), ("EXPIRING", str(free_port())), ("INTERVAL", "3600")):
        text = text.replace(f"@{name}@", value)
    (evtui.directory / "tutorial.cfg").write_text(text)
    return str(evtui.directory / "tutorial.cfg"), str(DATA / "call.sip")


def test_script_run_shows_what_messages_of_a_file_do(evtui: Evtui) -> None:
    script, messages = tutorial(evtui)
    ran = evtui.run("script", "run", script, "--messages", messages)
    assert ran.status == 0
    assert ran.lines == [
        "message 1: INVITE sip:bob@127.0.0.1 SIP/2.0",
        '  event  E_SCRIPT_CALL_START {"callid":"1-20611@127.0.0.1","from":"sipp"} to 1',
        "  route returned 1",
        "message 2: SIP/2.0 200 OK",
        "  event  E_SCRIPT_CALL_ESTABLISHED [] to 1",
        "  onreply_route[acc] returned 1",
        "message 3: BYE sip:bob@127.0.0.1 SIP/2.0",
        '  event  E_SCRIPT_CALL_STOP {"callid":"1-20611@127.0.0.1","to":"bob","from":"sipp"} to 1',
        "  reply  200 OK to 127.0.0.1:5070",
        "  route returned 1",
    ]


def test_script_run_runs_one_route_with_given_statistics_as_json(evtui: Evtui) -> None:
    script, _ = tutorial(evtui)
    ran = evtui.run("script", "run", script, "--route", "TCP_LOAD_CHECK", "--stat", "tcp-load=320", "--json")
    assert ran.status == 0
    assert ran.lines[0] == (
        '{"type":"event","event":"E_SCRIPT_TCP_LOAD","params":{"load":320,"limit":80},"subscribers":1}'
    )
    assert evtui.run("script", "run", script, "--route", "NOPE").status == 2


@pytest.mark.parametrize("head", ["route", "route[0]"])
@pytest.mark.parametrize("name", ["0", "route", "route[0]"])
def test_script_run_runs_the_main_route_by_its_names(evtui: Evtui, script: Path, head: str, name: str) -> None:
    script.write_text(f'{head} {{ xlog("main"); return(7); }} route[route] {{ xlog("other"); }}')
    ran = evtui.run("script", "run", str(script), "--route", name)
    assert ran.lines == [f"  log    NOTICE {script}:1 {head}: main", f"  {head} returned 7"]


def test_script_run_says_when_there_is_no_main_route(evtui: Evtui, script: Path) -> None:
    script.write_text("route[ACC] { }")
    ran = evtui.run("script", "run", str(script), "--route", "0")
    assert ran.status == 2
    assert "the script has no route[0]" in ran.err
    assert evtui.run("script", "run", str(script), "--route", "ACC").status == 0


def test_script_run_fails_for_a_run_that_fails_and_a_message_that_is_none(evtui: Evtui, script: Path) -> None:
    script.write_text("route { while (1) { while (1) { while (1) { $var(i) = 1; } } } }")
    broken = evtui.directory / "broken.sip"
    broken.write_text("INVITE\n\n---\n\n")
    ran = evtui.run("script", "run", str(script), "--messages", str(broken))
    assert ran.status == 1
    assert ran.lines == ["message 1: not a SIP message: no Via"]


def test_config_show_knows_the_events_and_the_modparams_of_the_script(evtui: Evtui, script: Path) -> None:
    script.write_text('modparam("event_virtual", "failover_timeout", 7)\nroute { raise_event("E_MINE"); }')
    config = evtui.directory / "evtui.toml"
    config.write_text(f'subscribe = ["E_MINE udp:127.0.0.1:9"]\nscript.files = ["{script}"]')
    shown = evtui.run("config", "show", "--config", str(config), "--json").json
    assert shown["transports.virtual.failover_timeout"] == {"value": 7, "origin": f"script {script}:1"}
    assert shown["script.files"]["value"] == [str(script)]


def test_without_a_script_nothing_of_its_language_is_loaded(evtui: Evtui) -> None:
    code = (
        "import sys, anyio; from evtui.bootstrap.engine_setup import open_engine\n"
        "async def main():\n async with open_engine(): pass\n"
        "anyio.run(main); wrong = ('lark', 'sipmessage', 'evtui.script.', 'greenlet')\n"
        "print([name for name in sys.modules if name.startswith(wrong)])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG)
    assert ran.stdout.strip() == "[]", ran.stderr
