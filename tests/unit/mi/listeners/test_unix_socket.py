"""The lock of a listener's UNIX socket: what prevents it is named; only a server is called a server."""

import errno
import fcntl
import os
from contextlib import closing
from pathlib import Path

import pytest

from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.listeners.unix_socket import LockedUnixSocket


def test_a_second_server_is_told_that_another_listens(tmp_path: Path) -> None:
    path = tmp_path / "mi.sock"
    with closing(LockedUnixSocket(path)), pytest.raises(ListenError, match="another server listens") as refused:
        LockedUnixSocket(path)
    assert refused.value.taken


def test_a_file_system_that_has_no_locks_is_not_called_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ListenError, match=r"mi\.sock\.lock cannot be locked") as refused:
        LockedUnixSocket(tmp_path / "mi.sock")
    assert not refused.value.taken
