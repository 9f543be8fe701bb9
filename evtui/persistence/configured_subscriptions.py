"""The subscriptions of the configuration: made at the start, or as soon as their hosts resolve."""

import logging
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from anyio.abc import TaskGroup

from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import parse_subscribe
from evtui.core.backoff import Backoff
from evtui.core.clocks import Sleep
from evtui.core.errors import BadSettingError, EngineClosedError, RequestError, UnknownEventError, UnresolvedError
from evtui.core.transport import Target
from evtui.core.values import is_wildcard
from evtui.engine.engine import Engine
from evtui.persistence.openings import Opening, begin_opening
from evtui.persistence.subscription_state import ConfiguredSubscriptions

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts; doubled at each one."""

_log = logging.getLogger(__name__)


class Configured(NamedTuple):
    """One subscription of the configuration."""

    place: str
    """`subscribe[0]`"""
    event: str
    target: Target
    expire: int | None


async def subscribe_configured(
    engine: Engine, loaded: LoadedConfig, tasks: TaskGroup, sleep: Sleep
) -> ConfiguredSubscriptions:
    """Make the subscriptions of `subscribe`; return event and socket of each.

    One whose host does not resolve is logged, and made by a task of the group when it does.
    raises BadSettingError: `subscribe[0]` names an unknown event, or its socket is wrong.
    """
    wanted = read_configured(engine, loaded)
    await subscribe_read(engine, loaded, wanted, tasks, sleep)
    return {(each.event, each.target.source) for each in wanted}


async def subscribe_read(
    engine: Engine, loaded: LoadedConfig, wanted: Sequence[Configured], tasks: TaskGroup, sleep: Sleep
) -> None:
    """Make subscriptions of the configuration, as `subscribe_configured` does. raises BadSettingError."""
    openings = await begin_opening([each.target for each in wanted], tasks)
    for each, opening in zip(wanted, openings, strict=True):
        try:
            engine.apply(each.event, each.target, each.expire, opening.result())
        except UnresolvedError as error:
            _log.warning("%s: not subscribed yet, trying again: %s", each.place, error)
            tasks.start_soon(_subscribe_later, engine, each, opening, sleep)
        except RequestError as error:
            raise BadSettingError(each.place, str(error), loaded.origin("subscribe")) from error


def read_configured(engine: Engine, loaded: LoadedConfig, also: Collection[str] = ()) -> Sequence[Configured]:
    """Read the lines of `subscribe` for events that are published, or `also` will be. raises BadSettingError."""
    published = {event.name for event in engine.catalogue} | {*also}
    found: list[Configured] = []
    for number, line in enumerate(loaded.config.subscribe):
        place, subscribe = f"subscribe[{number}]", parse_subscribe(line)
        try:
            if subscribe.event not in published and not is_wildcard(subscribe.event):
                raise UnknownEventError(subscribe.event)
            found.append(Configured(place, subscribe.event, engine.parse(subscribe.socket), subscribe.expire))
        except RequestError as error:
            raise BadSettingError(place, str(error), loaded.origin("subscribe")) from error
    return found


async def _subscribe_later(engine: Engine, wanted: Configured, opening: Opening, sleep: Sleep) -> None:
    """Try until it is subscribed; log a reason when it is another one than before."""
    backoff, logged = Backoff(FIRST_PAUSE, LONGEST_PAUSE), ""
    await opening.ended.wait()
    while True:
        try:
            opened = opening.result()
            engine.apply(wanted.event, wanted.target, wanted.expire, opened)
        except EngineClosedError:
            return
        except RequestError as error:
            if str(error) != logged:
                logged = str(error)
                _log.warning("%s: not subscribed yet, trying again: %s", wanted.place, logged)
        else:
            _log.warning("%s: %s is subscribed now", wanted.place, wanted.target.socket)
            return
        await sleep(backoff.next_pause())
        opening = Opening(wanted.target)
        await opening.run()
