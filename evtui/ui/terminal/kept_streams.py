"""Standard output and standard error of this process, while several consoles run in it."""

import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def kept_streams() -> Generator[None]:
    """Put both back at the end of the block as they were.

    Textual puts streams of its own in their place while a console runs, and then puts back what it found. Of two
    consoles that end in the order in which they began, the second one would put back those of the first.
    """
    streams = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
