"""The reason of a system error as text: short and stable, so that equal failures have equal texts."""

import errno
import os


def reason_of(error: OSError) -> str:
    """Write a system error as `ECONNREFUSED: Connection refused`."""
    if error.errno is None or error.errno not in errno.errorcode:
        return error.strerror or str(error) or type(error).__name__
    return f"{errno.errorcode[error.errno]}: {os.strerror(error.errno)}"
