"""Thousands of destinations that nobody serves: their attempts keep no client waiting."""

import time

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Server
from tests.hostile.pinger import Pinger, assert_nobody_waited

DESTINATIONS = 1500


def test_many_dead_destinations_keep_no_client_waiting(evtui: Evtui, serve: Server) -> None:
    with Pinger(evtui.mi_sock) as pinger, DatagramClient(evtui.mi_sock) as client:
        quiet = pinger.watch(0.7)
        for number in range(DESTINATIONS):
            host = f"127.1.{number // 250}.{1 + number % 250}"
            client.ask("event_subscribe", "E_TEST", f"tcp:{host}:1", 60)
        pinger.waits()
        for _ in range(3):
            client.ask("raise_event", "E_TEST", ["x"])
            time.sleep(0.5)
        hostile = pinger.waits()
        found = client.ask("get_statistics", ["evi:"])
    assert_nobody_waited(hostile, quiet)
    assert found["evi:queued"] == 3 * DESTINATIONS, "none is lost"
