"""A shutdown that something holds up ends all the same."""

import subprocess
import sys

HELD_UP = """
import threading
from evtui.bootstrap.logs import log_to_stderr
from evtui.bootstrap.tasks import limit_shutdown
log_to_stderr()
limit_shutdown(0.2)
held = threading.Thread(target=threading.Event().wait, name="a name server")
held.start()
"""


def test_what_does_not_stop_in_time_is_named_and_left_behind() -> None:
    ended = subprocess.run([sys.executable, "-c", HELD_UP], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "not stopped after 0.2 s, leaving" in ended.stderr
    assert "a name server" in ended.stderr
