"""`evtui serve` as a real process."""

import os
import signal
import stat
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port


def test_it_says_a_line_per_listener_when_ready(evtui: Evtui) -> None:
    port, fifo = free_port(), evtui.directory / "f"
    udp = f"udp:127.0.0.1:{port}"
    with evtui.serving("--fifo", str(fifo), "--datagram", udp, "--http", f"127.0.0.1:{port}") as server:
        assert set(server.places) == {udp, f"fifo:{fifo}", f"http://127.0.0.1:{port}/mi"}


def test_without_options_it_listens_in_a_runtime_directory_of_its_own_and_on_no_tcp_port(
    evtui: Evtui, serve: Server
) -> None:
    assert set(serve.places) == {
        f"unix:{evtui.mi_sock}",
        f"fifo:{evtui.mi_fifo}",
        f"watch:{evtui.mi_sock.with_name('mi.watch')}",
    }
    assert stat.S_IMODE(evtui.mi_sock.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(evtui.mi_sock.stat().st_mode) == 0o600
    inodes = {str(fd.readlink()) for fd in Path(f"/proc/{serve.pid}/fd").iterdir()}
    tcp = Path("/proc/net/tcp").read_text().splitlines()[1:] + Path("/proc/net/tcp6").read_text().splitlines()[1:]
    assert not [line for line in tcp if f"socket:[{line.split()[9]}]" in inodes]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_and_removes_what_it_made(
    evtui: Evtui, serve: Server, number: signal.Signals
) -> None:
    ended = serve.stop(number)
    assert ended.status == 0
    assert f"{number.name}: stopping" in ended.err
    assert "Traceback" not in ended.err
    assert list(evtui.mi_sock.parent.iterdir()) == []


def test_without_a_session_directory_it_takes_one_of_its_own_in_the_temporary_one(evtui: Evtui) -> None:
    with evtui.serving(XDG_RUNTIME_DIR="/nonexistent", TMPDIR=str(evtui.directory)) as server:
        own = evtui.directory / f"evtui-{os.getuid()}"
        assert server.place("unix") == f"unix:{own}/mi.sock"
        assert stat.S_IMODE(own.stat().st_mode) == 0o700


def test_http_for_other_hosts_is_refused_without_a_token_and_a_word(evtui: Evtui) -> None:
    address = f"0.0.0.0:{free_port()}"
    refused = evtui.run("serve", "--http", address)
    assert refused.status == 2
    assert (
        "mi.http (command line --http): 0.0.0.0 is reachable from other hosts: set mi.http_token, or mi.open = true"
        in refused.err
    )
    for name, value in (("EVTUI_MI_HTTP_TOKEN", "quiet"), ("EVTUI_MI_OPEN", "true")):
        with evtui.serving("--http", address, **{name: value}) as server:
            assert server.places == (f"http://{address}/mi",)


def test_udp_for_other_hosts_is_warned_of(evtui: Evtui) -> None:
    with evtui.serving("--datagram", f"udp:0.0.0.0:{free_port()}") as server:
        assert "is reachable from other hosts, and UDP has no token" in server.stop().err
    with evtui.serving("--datagram", f"udp:127.0.0.1:{free_port()}") as server:
        assert "reachable" not in server.stop().err


def test_a_second_one_says_that_the_first_one_runs(evtui: Evtui, serve: Server) -> None:
    second = evtui.run("serve")
    assert second.status == 1
    assert f"cannot listen on unix:{evtui.mi_sock}: another server listens there" in second.err
    assert evtui.run("events").status == 0


def test_what_a_killed_one_left_behind_is_replaced(evtui: Evtui) -> None:
    with evtui.serving() as first:
        first.stop(signal.SIGKILL)
    assert evtui.mi_sock.exists()
    with evtui.serving():
        assert evtui.run("events").status == 0


def test_a_runtime_directory_open_to_others_is_refused(evtui: Evtui) -> None:
    evtui.mi_sock.parent.mkdir()
    evtui.mi_sock.parent.chmod(0o755)
    ended = evtui.run("serve")
    assert ended.status == 1
    assert "its mode is 0755, it must be 0700" in ended.err


def test_a_runtime_directory_that_is_a_link_is_refused(evtui: Evtui) -> None:
    elsewhere = evtui.directory / "elsewhere"
    elsewhere.mkdir(0o700)
    evtui.mi_sock.parent.symlink_to(elsewhere)
    ended = evtui.run("serve")
    assert ended.status == 1
    assert "not a directory" in ended.err


def test_a_configured_subscription_is_permanent_and_gets_the_exact_bytes(evtui: Evtui, receiver: Receiver) -> None:
    with evtui.serving("--event", "E_X", "--subscribe", f"E_X {receiver.socket}"):
        (listed,) = evtui.run("subscribers", "--json").json
        assert {name: listed[name] for name in ("event", "socket", "expire", "ttl")} == {
            "event": "E_X", "socket": receiver.socket, "expire": None, "ttl": None
        }  # fmt: skip
        assert evtui.run("raise", "E_X", "ip=192.0.2.1", "count:=3").status == 0
        assert receiver.receive() == b'{"jsonrpc":"2.0","method":"E_X","params":{"ip":"192.0.2.1","count":3}}'


def test_a_configured_subscription_may_expire(evtui: Evtui, receiver: Receiver) -> None:
    with evtui.serving("--event", "E_X", "--subscribe", f"E_X {receiver.socket} 77"):
        (subscriber,) = evtui.run("subscribers", "--json").json
        assert subscriber["expire"] == 77


def test_the_payload_option_makes_classic_text(evtui: Evtui, receiver: Receiver) -> None:
    with evtui.serving("--payload", "text", "--event", "E_X", "--subscribe", f"E_X {receiver.socket}"):
        evtui.run("raise", "E_X", "ip=192.0.2.1")
        assert receiver.receive() == b"E_X\nip::192.0.2.1\n\n"


def test_the_log_goes_to_the_file_it_names(evtui: Evtui) -> None:
    log = evtui.directory / "evtui.log"
    with evtui.serving("--log-file", str(log)) as server:
        ended = server.stop()
    assert "SIGTERM: stopping" in log.read_text()
    assert ended.err == ""


def test_a_log_file_that_cannot_be_written_is_named(evtui: Evtui) -> None:
    ended = evtui.run("serve", "--log-file", "/nonexistent/log")
    assert ended.status == 2
    assert ended.err == (
        "evtui: bad setting log_file (command line --log-file): /nonexistent/log: No such file or directory\n"
    )


def test_read_only_refuses_changes_and_still_answers(evtui: Evtui) -> None:
    with evtui.serving("--read-only", "--event", "E_X"):
        for change in (("subscribe", "E_X", "udp:127.0.0.1:9"), ("raise", "E_X")):
            refused = evtui.run(*change)
            assert refused.status == 1, change
        assert evtui.run("events").status == 0


def test_a_subscription_of_an_unknown_event_is_named_by_its_place(evtui: Evtui) -> None:
    ended = evtui.run("serve", "--event", "E_X", "--subscribe", "E_X udp:127.0.0.1:9", "--subscribe", "E_Y unix:/tmp/y")
    assert ended.status == 2
    assert "subscribe[1]" in ended.err
    assert "unknown event 'E_Y'" in ended.err


def test_a_port_that_is_taken_is_named(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--http", f"127.0.0.1:{port}"):
        second = evtui.run("serve", "--http", f"127.0.0.1:{port}")
    assert second.status == 1
    assert f"127.0.0.1:{port}" in second.err


def test_settings_come_from_the_configuration_file(evtui: Evtui) -> None:
    file = evtui.directory / "my.toml"
    file.write_text('events = ["E_FROM_FILE"]\nstatic_events = false\n[mi]\nfifo = "%s"\n' % (evtui.directory / "f"))
    with evtui.serving("--config", str(file)) as server:
        place = f"fifo:{evtui.directory / 'f'}"
        assert server.places == (place,)
        (event,) = evtui.run("events", "--json", "--mi", place).json
        assert (event["id"], event["name"], event["subscribers"]) == (0, "E_FROM_FILE", 0)


def test_under_nohup_a_hangup_does_not_stop_it(evtui: Evtui) -> None:
    with evtui.serving(under=["nohup"]) as server:
        server.process.send_signal(signal.SIGHUP)
        assert evtui.run("events").status == 0
        assert server.stop().status == 0


def test_on_leaving_it_says_what_was_lost_and_what_waits_for_the_next_start(evtui: Evtui) -> None:
    lost, kept = f"tcp:127.0.0.1:{free_port()}", f"rabbitmq:u:s3cret@127.0.0.1:{free_port()}/durable?q"
    config, log = evtui.directory / "evtui.toml", evtui.directory / "log"
    config.write_text(f'events = ["E_T"]\nlog_file = "{log}"\nsubscribe = ["E_T {lost}", "E_T {kept}"]\n')
    with evtui.serving("--config", str(config)) as server:
        for _ in range(3):
            assert evtui.run("raise", "E_T", "--mi", server.place("unix")).status == 0
        ended = server.stop()
    assert ended.status == 0
    shown = kept.replace(":s3cret", "")
    assert ended.err.splitlines() == [
        f"evtui: {lost}: 3 notifications not delivered",
        f"evtui: {shown}: 3 notifications wait in the spool for the next start",
    ]
    assert "3 notifications not delivered" in log.read_text()
    with evtui.serving("--config", str(config)) as server:
        assert "wait in the spool" in server.stop().err
