"""The reason of a system error as text: short and stable, so that equal failures have equal texts."""

import errno
import os
from functools import cache


def reason_of(error: OSError) -> str:
    """Write a system error as `ECONNREFUSED: Connection refused`."""
    if error.errno is None or error.errno not in errno.errorcode:
        return error.strerror or str(error) or type(error).__name__
    return f"{errno.errorcode[error.errno]}: {os.strerror(error.errno)}"


@cache
def reason_of_errno(number: int | None) -> str:
    """Write an errno as `reason_of` does."""
    if number is None:
        return "failed"
    return f"{errno.errorcode.get(number, number)}: {os.strerror(number)}"
