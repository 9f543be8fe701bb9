"""Ends of the process that were not asked for: a shutdown that takes too long, and an uncaught error."""

import subprocess
import sys
from pathlib import Path

from tests.limits import HANG

HELD_UP = """
import threading
from evtui.bootstrap.logs import log_to_stderr
from evtui.bootstrap.real_clocks import limit_shutdown
log_to_stderr()
limit_shutdown(0.2)
held = threading.Thread(target=threading.Event().wait, name="a name server")
held.start()
"""

CRASHING = """
import sys
from pathlib import Path
from evtui.bootstrap.logs import log_to_file, report_crashes
log_to_file(sys.argv[1])
report_crashes(lambda text: print(text, file=sys.stderr))
hidden = "s3cret"
raise RuntimeError("no way to amqp://user:s3cret@host/")
"""


def test_what_does_not_stop_in_time_is_named_and_left_behind() -> None:
    ended = subprocess.run([sys.executable, "-c", HELD_UP], capture_output=True, text=True, timeout=HANG, check=False)
    assert ended.returncode == 1
    assert "not stopped after 0.2 s" in ended.stderr
    assert "a name server" in ended.stderr


def test_an_uncaught_error_is_one_line_for_people_and_a_traceback_without_locals_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", CRASHING, str(log)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=False)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "evtui crashed: RuntimeError: no way to amqp://user:***@host/" in ended.stderr
    assert "Traceback" in log.read_text()
    assert "s3cret" not in log.read_text()
