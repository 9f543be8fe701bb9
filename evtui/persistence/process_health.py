"""The health of this process while it starts, and the parts that it asks."""

from evtui.core.clocks import Clocks
from evtui.core.known_versions import VERSION
from evtui.engine.engine import Engine
from evtui.persistence.subscription_state import SubscriptionPersistence
from evtui.serve.service.health import Health, check_queues
from evtui.serve.service.metrics import Measured


def health_of(engine: Engine, persistence: SubscriptionPersistence | None, clocks: Clocks) -> Measured:
    """Make what knows the health of this process while it starts, with what is measured of it."""
    health = Health(clocks, VERSION)
    health.add_check(lambda: check_queues(engine.counts.queue_use()))
    if persistence is not None:
        health.add_check(lambda: persistence.trouble)
    return Measured(engine, health)
