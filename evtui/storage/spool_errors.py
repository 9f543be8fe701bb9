"""What goes wrong with a spool, said in one way."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evtui.core.errors import SpoolError
from evtui.storage.disk_space import HELD, is_full


@contextmanager
def as_spool_errors(path: Path) -> Generator[None]:
    """Raise every error of SQLite and the system in the block as a SpoolError that names the file."""
    import sqlite3  # on first use, as everywhere here: most runs have no spool

    try:
        yield
    except sqlite3.Error as error:
        full = isinstance(error, sqlite3.OperationalError) and is_full(error)
        raise SpoolError(str(path), str(error), may_pass=full) from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise SpoolError(str(path), error.strerror or str(error), may_pass=full) from error
    except UnicodeError as error:
        raise SpoolError(str(path), f"it is damaged: {error}") from error
    except OverflowError as error:
        raise SpoolError(str(path), f"a number is too large for it: {error}") from error


def held_error(path: Path) -> SpoolError:
    """Say that the log cannot be emptied."""
    return SpoolError(str(path), HELD, may_pass=True)
