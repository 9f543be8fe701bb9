"""The web page of the console and its files: all of them come from this package, and none leads anywhere else."""

import hashlib
import secrets
from pathlib import Path
from typing import Final

from aiohttp import web

from evtui.mi.listeners.http_paths import Page

_HERE: Final = Path(__file__).parent
_FOLDERS: Final = (_HERE / "page", _HERE / "vendor")

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; other files of the folders are not."""

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'nonce-{nonce}'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Scripts are files of this package. The terminal makes style sheets as it runs; the page lends them its nonce."""

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_NONCE: Final = b"STYLE-NONCE"


def page_files() -> dict[str, Page]:
    """Read the files; returns what answers for the path of each."""
    pages: dict[str, Page] = {}
    for path in sorted(path for folder in _FOLDERS for path in folder.iterdir() if path.suffix in _TYPES):
        if path.name == "index.html":
            pages["/"] = _Index(path.read_bytes()).answer
        else:
            pages[f"/{path.name}"] = _File(path.read_bytes(), _TYPES[path.suffix]).answer
    return pages


class _File:
    """A file that a browser keeps, and asks whether it has changed."""

    def __init__(self, content: bytes, content_type: str) -> None:
        self._content = content
        self._tag = hashlib.sha256(content).hexdigest()[:32]
        self._headers = {**_HEADERS, "Content-Type": content_type, "ETag": f'"{self._tag}"'}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Send it, or say that the browser has it."""
        if any(each.value == self._tag for each in request.if_none_match or ()):
            return web.Response(status=304, headers=self._headers)
        return web.Response(body=self._content, headers=self._headers)


class _Index:
    """The page itself, with a new nonce each time."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def answer(self, request: web.Request) -> web.StreamResponse:  # noqa: ARG002 - as each page is called
        """Send it."""
        nonce = secrets.token_urlsafe(16)
        headers = {
            **_HEADERS,
            "Cache-Control": "no-store",
            "Content-Type": _TYPES[".html"],
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
        }
        return web.Response(body=self._content.replace(_NONCE, nonce.encode()), headers=headers)
