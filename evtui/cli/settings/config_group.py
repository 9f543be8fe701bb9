"""The commands `evtui config …` and their options."""

from pathlib import Path

import click

from evtui.cli.options import HELP_NAMES, OrderedGroup, as_json, config_file


@click.group("config", cls=OrderedGroup, no_args_is_help=True, context_settings=HELP_NAMES)
def config_group() -> None:
    """Show, check and edit the settings."""


@config_group.command("show")
@config_file
@as_json
def config_show(config: Path | None, as_json: bool) -> None:
    """Print every setting, its value and where it comes from."""
    from evtui.cli.settings import config_show as command

    command.show(config, as_json=as_json)


@config_group.command("path")
@config_file
@as_json
def config_path(config: Path | None, as_json: bool) -> None:
    """Print the path of the configuration file."""
    from evtui.cli.settings import config_file as command

    command.path(config, as_json=as_json)


@config_group.command("check", short_help="Say whether the configuration is right.")
@config_file
@as_json
def config_check(config: Path | None, as_json: bool) -> None:
    """Say whether the configuration is right, with its script and its subscriptions. Nothing is opened.

    The exit status is 2 when a setting is wrong.
    """
    from evtui.cli.settings import config_file as command

    command.check(config, as_json=as_json)


@config_group.command("edit", short_help="Open the configuration file in your editor.")
@config_file
def config_edit(config: Path | None) -> None:
    """Open the configuration file in your editor ($VISUAL, $EDITOR), and check it afterwards.

    A file that does not exist is made first, with every setting as a comment.
    """
    from evtui.cli.settings import config_file as command

    command.edit(config)


@config_group.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the configuration file, for editors."""
    from evtui.cli.settings import config_file as command

    command.schema()
