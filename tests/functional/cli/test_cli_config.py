"""`evtui config show`: every value with its origin."""

from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui


def write_default_file(evtui: Evtui, toml: str) -> Path:
    """Write evtui.toml into the user's config directory."""
    file = evtui.directory / "config" / "evtui" / "evtui.toml"
    file.parent.mkdir(parents=True)
    file.write_text(toml)
    return file


def test_every_value_comes_with_its_origin(evtui: Evtui) -> None:
    file = write_default_file(evtui, 'events = ["E_A"]\n[journal]\nrecords = 10\n')
    shown = evtui.run("config", "show", "--json", EVTUI_JOURNAL_BYTES="8192").json
    assert shown["events"] == {"value": ["E_A"], "origin": f"file:{file}"}
    assert shown["journal.records"] == {"value": 10, "origin": f"file:{file}"}
    assert shown["journal.bytes"] == {"value": 8192, "origin": "environment EVTUI_JOURNAL_BYTES"}
    assert shown["payload"] == {"value": "jsonrpc", "origin": "default"}


def test_for_people_it_is_a_table(evtui: Evtui) -> None:
    lines = evtui.run("config", "show").lines
    assert lines[0].split() == ["setting", "value", "origin"]
    assert "payload" in {line.split()[0] for line in lines}


def test_the_environment_wins_over_the_file(evtui: Evtui) -> None:
    write_default_file(evtui, 'payload = "text"\n')
    shown = evtui.run("config", "show", "--json", EVTUI_PAYLOAD="jsonrpc").json
    assert shown["payload"] == {"value": "jsonrpc", "origin": "environment EVTUI_PAYLOAD"}


def test_a_token_is_not_printed(evtui: Evtui) -> None:
    shown = evtui.run("config", "show", EVTUI_MI_HTTP_TOKEN="quiet")
    assert "quiet" not in shown.out
    assert '"***"' in shown.out


def test_no_password_of_a_socket_is_printed(evtui: Evtui) -> None:
    write_default_file(evtui, 'subscribe = ["E_PIKE_BLOCKED rabbitmq:user:s3cret@host/key 60"]\n')
    for form in ((), ("--json",)):
        shown = evtui.run("config", "show", *form)
        assert "s3cret" not in shown.out + shown.err
        assert "E_PIKE_BLOCKED rabbitmq:user:***@host/key 60" in shown.out


def test_a_wrong_secret_is_not_repeated(evtui: Evtui) -> None:
    write_default_file(evtui, "[mi]\nhttp_token = 918273\n")
    refused = evtui.run("config", "show")
    assert refused.status == 2
    assert "mi.http_token" in refused.err
    assert "918273" not in refused.out + refused.err


def test_a_wrong_file_is_refused_with_path_and_place(evtui: Evtui) -> None:
    file = write_default_file(evtui, "[mi]\nfifo_mod = 3\n")
    refused = evtui.run("config", "show")
    assert refused.status == 2
    assert f"mi.fifo_mod (file:{file}): no such setting; did you mean mi.fifo_mode?" in refused.err


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('[ui]\ntheme = "evtui-lihgt"\n', "ui.theme (file:FILE): there is no 'evtui-lihgt'; did you mean evtui-light?"),
        ('[ui.keys]\nriase = "r"\n', "ui.keys.riase (file:FILE): there is no 'riase'; did you mean raise?"),
        ('[ui.keys]\nraise = "q"\n', "ui.keys.raise (file:FILE): the key 'q' is that of quit already"),
        ('subscribe = ["E_A bad:x"]\nevents = ["E_A"]\n', "subscribe[0] (file:FILE): unknown transport 'bad'"),
        ('subscribe = ["E_NOPE udp:127.0.0.1:9"]\n', "subscribe[0] (file:FILE): unknown event 'E_NOPE'"),
    ],
)
def test_what_only_a_run_could_refuse_is_refused_here_already(evtui: Evtui, toml: str, complaint: str) -> None:
    file = write_default_file(evtui, toml)
    refused = evtui.run("config", "show")
    assert (refused.status, refused.out) == (2, "")
    assert complaint.replace("FILE", str(file)) in refused.err


def test_what_a_run_takes_is_shown(evtui: Evtui) -> None:
    write_default_file(
        evtui,
        'subscribe = ["E_LATER_* udp:127.0.0.1:9", "E_A unix:/tmp/x?payload=text 5"]\nevents = ["E_A"]\n'
        '[ui]\ntheme = "nord"\nkeys = { raise = "q", quit = "ctrl+q" }\n',
    )
    assert evtui.run("config", "show").status == 0


def test_a_run_says_where_a_wrong_subscription_comes_from(evtui: Evtui) -> None:
    refused = evtui.run("serve", "--subscribe", "E_NOPE udp:127.0.0.1:9")
    assert refused.status == 2
    assert "subscribe[0] (command line --subscribe): unknown event 'E_NOPE'" in refused.err
