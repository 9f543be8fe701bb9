"""The pinger tells how long another client has to wait, and does not count what a busy machine is late itself."""

import os
import signal
import time

import pytest

from tests.functional.processes.evtui_process import Evtui, Server
from tests.hostile.pinger import Pinger, Waits, assert_nobody_waited

STOPPED = 0.6
"""Seconds for which the server stands still."""


def test_a_quiet_server_lets_no_client_wait(evtui: Evtui, serve: Server) -> None:
    with Pinger(evtui.mi_sock) as pinger:
        quiet = pinger.watch(0.5)
        assert_nobody_waited(pinger.watch(0.5), quiet)
    assert quiet.answered > 1
    assert quiet.lost == 0


def test_the_wait_beside_a_server_that_stands_still_is_told(evtui: Evtui, serve: Server) -> None:
    with Pinger(evtui.mi_sock) as pinger:
        quiet = pinger.watch(0.5)
        os.kill(serve.pid, signal.SIGSTOP)
        time.sleep(STOPPED)
        unanswered = pinger.waits()
        os.kill(serve.pid, signal.SIGCONT)
        time.sleep(0.3)
        answered = pinger.waits()  # not `watch`, which forgets what was answered before it begins
    assert unanswered.worst > STOPPED / 2, quiet
    assert answered.worst >= unanswered.worst
    # The server's silence is not taken for a busy machine: else no test with a pinger could fail.
    assert answered.late < answered.worst / 2


def test_a_wait_is_compared_with_how_busy_the_machine_is() -> None:
    quiet, late = Waits(0.01, 0.001, 20, 0), Waits(0.9, 0.3, 20, 0)
    assert_nobody_waited(late, quiet)
    with pytest.raises(AssertionError):
        assert_nobody_waited(late._replace(late=0.0), quiet)
    with pytest.raises(AssertionError):
        assert_nobody_waited(Waits(0.0, 0.0, 0, 9), quiet)
