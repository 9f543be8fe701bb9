"""What `evtui raise` and `evtui tail --since` tell of a server: results of each subscriber, and the past."""

import signal

from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui, Receiver, Server
from tests.processes import read_line


def test_a_raise_tells_what_each_subscriber_got(serve: Server, evtui: Evtui, receiver: Receiver) -> None:
    nobody = f"unix:{evtui.directory}/nobody.sock"
    evtui.run("subscribe", "E_TEST", receiver.socket)
    evtui.run("subscribe", "E_TEST", nobody)
    evtui.run("subscribe", "E_TEST", "tcp:127.0.0.1:9")
    raised = evtui.run("raise", "E_TEST", "a=1")
    assert raised.status == 0
    assert "E_TEST: accepted" in raised.err
    lines = {line.split()[0]: line for line in raised.lines}
    assert "sent" in lines[receiver.socket]
    assert " ms" in lines[receiver.socket]
    assert "failed" in lines[nobody]
    assert "ENOENT" in lines[nobody]
    assert "queued" in lines["tcp:127.0.0.1:9"]
    told = evtui.run("raise", "E_TEST", "a=2", "--json").json
    assert (told["event"], told["ok"], told["serial"]) == ("E_TEST", True, 2)
    assert {item["socket"]: item["outcome"] for item in told["subscribers"]}[receiver.socket] == "sent"


def test_tail_begins_with_what_the_server_remembers(serve: Server, evtui: Evtui, receiver: Receiver) -> None:
    evtui.run("subscribe", "E_TEST", receiver.socket)
    for value in ("one", "two"):
        evtui.run("raise", "E_TEST", f"a={value}", "n:=3")
    evtui.run("raise", "E_TEST", "a=other", "n:=4")
    with tailing(evtui, "--json", "--since", "10m", "--filter", "n=3") as tail:
        assert "the server remembers what happened since" in read_line(tail.process, tail.process.stderr)
        assert [tail.json()["params"] for _ in range(2)] == [{"a": "one", "n": 3}, {"a": "two", "n": 3}]
        evtui.run("raise", "E_TEST", "a=three", "n:=3")
        live = tail.json()
        assert live["params"]["a"] == "three"
        assert (live["bytes"] > 0, live["subscribers"], live["failed"]) == (True, 1, 0)
        tail.stop(signal.SIGINT)


def test_a_wrong_time_is_refused(evtui: Evtui) -> None:
    for words, why in (
        (("--since", "soon"), "write 90s, 10m, 2h, 14:05"),
        (("--since", "2999-01-01T00:00"), "that is not past"),
        (("amqp://guest@127.0.0.1/?exchange=a&key=b", "--since", "5m"), "a broker keeps no past"),
    ):
        refused = evtui.run("tail", *words)
        assert refused.status == 2
        assert why in refused.err
