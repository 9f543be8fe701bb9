"""The watch rules of the configuration over a backend, with the command that the configuration names."""

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup

from evtui.config.schema import Config
from evtui.core.clocks import Clocks
from evtui.core.ports import Backend

if TYPE_CHECKING:
    from evtui.filters.rules.rule_set import Fired, RuleSet
    from evtui.filters.rules.rule_types import Rule


def parse_rules(texts: Mapping[str, str], clocks: Clocks) -> "dict[str, Rule]":
    """Read rules by their names. raises BadRuleError."""
    from evtui.filters.rules.parse_rule import parse_rule

    return {name: parse_rule(text, clocks.wall()) for name, text in texts.items()}


def alert_command(config: Config, tasks: TaskGroup) -> "Callable[[Fired], object] | None":
    """Return what starts the command of the configuration; None when it names none."""
    alert = config.alert
    if not alert.command:
        return None
    from evtui.backends.rules.alert_command import AlertCommand, CommandRules

    return AlertCommand(CommandRules(alert.command, alert.timeout, alert.parallel), os.environ, tasks).start


@asynccontextmanager
async def watched_rules(
    config: Config, backend: Backend, rules: Mapping[str, str], tell: "Callable[[Fired], object]", clocks: Clocks
) -> AsyncGenerator[None]:
    """Run rules until the block ends; each that fires is told, and starts the command of the configuration."""
    if not rules:
        yield
        return
    from evtui.filters.rules.rule_set import RuleSet  # on first use: without rules nothing of them is loaded

    async with running_rules(config, backend, RuleSet(parse_rules(rules, clocks), clocks.monotonic()), tell, clocks):
        yield


@asynccontextmanager
async def running_rules(
    config: Config, backend: Backend, rules: "RuleSet", tell: "Callable[[Fired], object]", clocks: Clocks
) -> AsyncGenerator[None]:
    """Run rules that may change meanwhile, until the block ends."""
    from evtui.backends.rules.rule_runner import RuleRunner

    async with anyio.create_task_group() as tasks:
        command = alert_command(config, tasks)

        def fire(fired: "Fired") -> None:
            tell(fired)
            if command is not None:
                command(fired)

        tasks.start_soon(RuleRunner(backend, rules, clocks, fire).run)
        yield
        tasks.cancel_scope.cancel()
