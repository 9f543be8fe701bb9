"""`evtui rules check`, `list` and `run`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import click

from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail, run_with_backend, usage
from evtui.cli.settings.config_show import checked_config
from evtui.cli.tail.tail_output import until_signal
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Members
from evtui.config.schema import Config
from evtui.core.errors import BadRuleError
from evtui.core.ports import Backend
from evtui.filters.rules.fired_text import fired_line, fired_members
from evtui.filters.rules.parse_rule import parse_rule
from evtui.filters.rules.rule_set import MAX_RULES, Fired
from evtui.persistence.watched_rules import watched_rules


def check(rules: Sequence[str], file: Path | None, *, as_json: bool) -> None:
    """Say of each rule whether it is right; without any, of those of the configuration, which is refused if one is not.

    A wrong rule ends the program with exit status 2.
    """
    texts = [*rules] if rules else [*_config(file).rules.values()]
    wrong = [(text, _problem(text)) for text in texts]
    with output.quiet_pipe():
        for text, error in wrong:
            if as_json:
                column, why = (None, None) if error is None else (error.column, error.why)
                members = (("rule", text), ("ok", error is None), ("column", column), ("why", why))
                output.json_line(Members(members))
            elif error is None:
                output.data(display_safe(f"right: {text}"))
        if not texts and not as_json:
            output.message("there is no rule")
    for text, error in wrong:
        if error is not None and not as_json:
            output.message(f"evtui: {error}\n  {text}\n  {' ' * (error.column - 1)}^")
    if any(error is not None for _, error in wrong):
        raise click.exceptions.Exit(EXIT_USAGE)


def list_rules(file: Path | None, *, as_json: bool) -> None:
    """List the rules of the configuration by name."""
    rules = _config(file).rules
    with output.quiet_pipe():
        if as_json:
            for name, text in sorted(rules.items()):
                output.json_line(Members((("name", name), ("rule", text))))
            return
        output.table(("name", "rule"), sorted(rules.items()))


def run_rules(rules: Sequence[str], file: Path | None, mi: Sequence[str], *, as_json: bool) -> None:
    """Print a line for each rule that fires at a server, or at several as one, until a signal arrives."""
    config = _config(file)
    texts = _named(rules) if rules else config.rules
    if not texts:
        fail("there is no rule: name one, or configure some in [rules]", EXIT_USAGE)
    warn_on_stderr()

    def tell(fired: Fired) -> None:
        if as_json:
            output.json_line(Members(fired_members(fired)))
        else:
            output.data(f"{output.clock_time(fired.at)}  {display_safe(fired_line(fired))}")

    async def work(backend: Backend) -> None:
        async with until_signal(), watched_rules(config, backend, texts, tell, REAL_CLOCKS):
            status = await backend.status()
            place = ", ".join(server.name for server in status.servers) or status.source
            output.message(f"{len(texts):,} rule{'s' * (len(texts) != 1)} on {place}")
            await anyio.sleep_forever()

    run_with_backend(mi, work)


def _config(file: Path | None) -> Config:
    return usage(lambda: checked_config(file)).config


def _named(rules: Sequence[str]) -> Mapping[str, str]:
    """Name rules by their places; a wrong one ends the program with exit status 2."""
    if len(rules) > MAX_RULES:
        fail(f"{len(rules):,} rules: there are at most {MAX_RULES}", EXIT_USAGE)
    for text in rules:
        usage(lambda text=text: parse_rule(text, REAL_CLOCKS.wall()))  # type: ignore[misc]
    return {str(place): text for place, text in enumerate(rules, 1)}


def _problem(text: str) -> BadRuleError | None:
    try:
        parse_rule(text, REAL_CLOCKS.wall())
    except BadRuleError as error:
        return error
    return None
