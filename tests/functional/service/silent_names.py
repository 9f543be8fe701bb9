"""A resolver for evtui processes that never answers for names below `.silent`, and answers for all others."""

from pathlib import Path

PATCH = """
import socket, threading

ask = socket.getaddrinfo

def getaddrinfo(host, *args, **kwargs):
    if str(host).endswith(".silent"):
        threading.Event().wait()
    return ask(host, *args, **kwargs)

socket.getaddrinfo = getaddrinfo
"""


def silence(folder: Path) -> dict[str, str]:
    """Write the resolver; returns the environment of a process that uses it."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PATCH)
    return {"PYTHONPATH": str(folder)}
