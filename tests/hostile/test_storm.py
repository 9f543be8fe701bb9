"""The storm, short: every attack at once on a real server. `just storm MINUTES` is the long one."""

from collections.abc import Callable

from tests.functional.processes.evtui_process import Evtui
from tests.hostile.pinger import WORST_WAIT
from tests.hostile.storm.siege import Siege


async def test_a_server_under_every_attack_keeps_its_promises(evtui: Evtui, figures: Callable[[str], None]) -> None:
    # The attackers and another test share the processors with the server, so it has twice the usual time.
    promises = await Siege(evtui, seconds=12, seed=20_261_129, limit=2 * WORST_WAIT).run()
    for promise in promises:
        figures(f"{promise.promise}: {promise.seen}")
    assert [promise for promise in promises if not promise.kept] == []
