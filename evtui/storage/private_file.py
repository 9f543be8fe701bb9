"""Files that only their user may read, and that are replaced as a whole."""

import os
from pathlib import Path


def replace_private_file(path: Path, content: bytes) -> None:
    """Write the content to the disk beside the file, then replace the file: a crash leaves the old or the new one.

    Blocks. raises OSError: the old file is still there.
    """
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
