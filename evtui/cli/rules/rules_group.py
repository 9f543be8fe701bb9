"""The commands `evtui rules …` and their options."""

from collections.abc import Sequence
from pathlib import Path

import click

from evtui.cli.options import HELP_NAMES, OrderedGroup, argument, as_json, config_file, servers

_rules = argument(
    "rules", "[RULE]…", "Rules instead of the configured ones: 'failed > 3 in 10 s'.", nargs=-1, required=False
)


@click.group("rules", cls=OrderedGroup, no_args_is_help=True, context_settings=HELP_NAMES)
def rules_group() -> None:
    """Check, list and run watch rules."""


@rules_group.command("check", short_help="Say whether watch rules are right.")
@_rules
@config_file
@as_json
def rules_check(rules: Sequence[str], config: Path | None, as_json: bool) -> None:
    """Say whether watch rules are right, or at which column they are wrong.

    The exit status is 2 when one is wrong.
    """
    from evtui.cli.rules import rules_commands as command

    command.check(rules, config, as_json=as_json)


@rules_group.command("list")
@config_file
@as_json
def rules_list(config: Path | None, as_json: bool) -> None:
    """List the watch rules of the configuration."""
    from evtui.cli.rules import rules_commands as command

    command.list_rules(config, as_json=as_json)


@rules_group.command("run", short_help="Print a line when a watch rule fires.")
@_rules
@config_file
@servers
@as_json
def rules_run(rules: Sequence[str], config: Path | None, mi: Sequence[str], as_json: bool) -> None:
    """Watch a server, or several as one, and print a line when a watch rule fires, until ctrl+c.

    The command of the configuration (alert.command) is started each time.
    """
    from evtui.cli.rules import rules_commands as command

    command.run_rules(rules, config, mi, as_json=as_json)
