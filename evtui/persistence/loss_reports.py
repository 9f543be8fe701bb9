"""Regular lines in the log about notifications that were lost."""

from evtui.core.clocks import Sleep
from evtui.engine.delivery_log import PERIOD
from evtui.engine.engine import Engine


async def report_losses(engine: Engine, sleep: Sleep) -> None:
    """Log once a minute what each destination lost, until cancelled."""
    while True:
        await sleep(PERIOD)
        engine.log_losses()
