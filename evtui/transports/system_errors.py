"""How a transport says why the system refused: short and stable, so that equal failures read equal."""

import errno
import os


def reason_of(error: OSError) -> str:
    """Say a system error as `ECONNREFUSED: Connection refused`."""
    if error.errno is None or error.errno not in errno.errorcode:
        return error.strerror or str(error) or type(error).__name__
    return f"{errno.errorcode[error.errno]}: {os.strerror(error.errno)}"
