"""The commands that may be run over SSH: they read, and lead nowhere else."""

import pytest

from evtui.cli.commands import app
from evtui.serve.ssh.command_line import COMMANDS, MOST_CHARACTERS, CommandRefusedError, allowed_words


@pytest.mark.parametrize(
    "command",
    [
        "events", "evtui events --json", "events 'E_*'", "subscribers E_MINE --json", "why E_MINE udp:192.0.2.1:9000",
        "queues --json", "statistics --over 5 --top=3", "transports", "tail --csv", "version --json", "tail --help",
        "tail E_A E_B --filter 'ip=192.0.2.* and not failed' --since 10m --json",
    ],
)  # fmt: skip
def test_a_command_that_reads_may_be_run(command: str) -> None:
    words = allowed_words(command)
    assert words[0] in COMMANDS
    app.commands[words[0]].make_context(words[0], [*words[1:]], resilient_parsing=True)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("", "only these commands"),
        ("evtui", "only these commands"),
        ("raise E_MINE", "only these commands"),
        ("subscribe E_MINE udp:192.0.2.1:9", "only these commands"),
        ("mi event_subscribe E_MINE udp:192.0.2.1:9", "only these commands"),
        ("sessions --end 1", "only these commands"),
        ("serve", "only these commands"),
        ("/bin/sh -c id", "only these commands"),
        ("events; id", "only these commands"),
        ("events $(id)", None),
        ("events --mi=http://192.0.2.1/mi", "events has no option --mi here"),
        ("events -", "events has no option - here"),
        ("events --", "events has no option -- here"),
        ("events E_A E_B", "events takes 1 arguments at most"),
        ("queues E_A", "queues takes 0 arguments at most"),
        ("tail --socket udp:192.0.2.1:9", "tail has no option --socket here"),
        ("tail --expire 5", "tail has no option --expire here"),
        ("tail amqp://192.0.2.1/", "tail reads only this server"),
        ("events http://192.0.2.1/", "events reads only this server"),
        ("statistics --over", "the option --over needs a value"),
        ("tail --config /etc/passwd", "tail has no option --config here"),
        ("events 'E_", "the command cannot be read"),
        ("tail " + "E" * MOST_CHARACTERS, "longer than"),
    ],
)
def test_anything_else_is_refused_with_the_reason(command: str, why: str | None) -> None:
    if why is None:
        assert allowed_words(command) == ["events", "$(id)"]  # no shell reads it: that is the name of no event
        return
    with pytest.raises(CommandRefusedError, match=why):
        allowed_words(command)


def test_every_option_that_may_be_given_is_one_of_the_command() -> None:
    for name, allowed in COMMANDS.items():
        known = {option for parameter in app.commands[name].params for option in parameter.opts} | {"--help", "-h"}
        assert allowed.flags | allowed.valued <= known, name
