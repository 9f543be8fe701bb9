"""A password that evtui was given is printed by nothing: one list of everything that prints, tried with a known one."""

from collections.abc import Callable

import pytest

from evtui.core.redact import redact_listed, redact_text, redact_words
from tests.functional.processes.evtui_process import Evtui, free_port

SECRET = "Hush7word"
TOKEN = "Tok3n-that-is-secret"
SOCKETS = (
    f"rabbitmq:user:{SECRET}@127.0.0.1:1/key",
    f"rabbitmq:user:a%40{SECRET}@127.0.0.1:1/exchange=e?key",
    f"virtual:FAILOVER udp:127.0.0.1:9 rabbitmq:user:{SECRET}@127.0.0.1:1/key",
)
GONE = f"rabbitmq:user:{SECRET}@127.0.0.1:1/gone"
PRINTERS = [
    ("config", "show"), ("config", "show", "--json"), ("mi", "arg"), ("mi", "arg", "--json"), ("mi", "ps"),
    ("events",), ("subscribers",), ("subscribers", "--json"), ("queues",), ("queues", "--json"),
    ("mi", "subscribers_list"), ("mi", "queues_list"), ("mi", "transports_list"), ("mi", "get_statistics", "all"),
    ("subscribe", "E_TEST", GONE), ("subscribe", "E_TEST", GONE, "--json"), ("subscribe", "E_T*", GONE),
    ("subscribe", "E_NONE*", GONE), ("subscribe", "E_NONE", GONE), ("subscribe", "E_TEST", GONE.replace(":1/", ":x/")),
    ("unsubscribe", "E_TEST", GONE), ("unsubscribe", "E_TEST", GONE, "--json"), ("unsubscribe", "E_TEST", GONE),
    ("unsubscribe", "E_TEST", GONE, "--json"), ("mi", "event_subscribe", "E_TEST", GONE, "soon"),
    ("mi", "event_subscribe", "E_NONE", GONE), ("raise", "E_TEST", "a"), ("serve", "--subscribe", f"E_TEST {GONE} 0"),
    ("serve", "--datagram", GONE), ("serve", "--http", f"user:{SECRET}@127.0.0.1:1"), ("events", "--mi", f"http://user:{SECRET}@127.0.0.1:1/mi"),
    ("tail", "E_TEST", "--socket", GONE), ("--mi", f"amqp://user:{SECRET}@127.0.0.1:1/?nonsense=1"),
]  # fmt: skip


def test_no_command_and_no_log_prints_a_password(
    evtui: Evtui, run_here: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [word for socket in SOCKETS for word in ("--subscribe", f"E_TEST {socket}")]
    where = f"unix:{evtui.directory}/s"
    monkeypatch.setenv("EVTUI_MI", where)
    monkeypatch.setenv("EVTUI_MI_HTTP_TOKEN", TOKEN)
    http = f"127.0.0.1:{free_port()}"
    with evtui.serving(
        "--event", "E_TEST", "--datagram", where, "--http", http, *given, EVTUI_MI_HTTP_TOKEN=TOKEN
    ) as server:
        for words in PRINTERS:
            written = run_here(*words).decode()
            assert written, words
            assert SECRET not in written, words
            assert TOKEN not in written, words
        assert b"rabbitmq:user:***@127.0.0.1:1/key" in run_here("mi", "arg")
        ended = server.stop()
    assert "rabbitmq:user@" in ended.err
    assert SECRET not in ended.out + ended.err


@pytest.mark.parametrize(
    ("given", "words", "listed"),
    [
        ("E rabbitmq:u:x@h/k 60", "E rabbitmq:u:***@h/k 60", "E rabbitmq:u@h/k 60"),
        ("rabbitmq:u:x@y@h/k", "rabbitmq:u:***@h/k", "rabbitmq:u@h/k"),
        ("kafka:h:1/t?key=a&g.sasl.password=x", "kafka:h:1/t?key=a&g.sasl.password=***", "kafka:h:1/t?key=a"),
        ("kafka:h:1/t?g.ssl.key.password=x&key=a", "kafka:h:1/t?g.ssl.key.password=***&key=a", "kafka:h:1/t?key=a"),
        ("udp:127.0.0.1:9", "udp:127.0.0.1:9", "udp:127.0.0.1:9"),
        ("unix:/tmp/a@b", "unix:/tmp/a@b", "unix:/tmp/a@b"),
        ("'u:x@h:1'", "'u:***@h:1'", "'u:x@h:1'"),
        ("h:1/x@y", "h:***@y", "h:1/x@y"),
    ],
)
def test_what_a_user_gave_is_shown_with_stars_and_listed_without(given: str, words: str, listed: str) -> None:
    assert redact_words(given) == words
    assert redact_listed(given) == listed
    assert "=x" not in redact_text(given)
