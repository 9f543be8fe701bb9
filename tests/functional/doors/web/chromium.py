"""A real Chromium without a window, driven by its DevTools protocol."""

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import anyio
import pytest

from tests.limits import HANG

CHROMIUM: Final = shutil.which("chromium")

_ROWS: Final = "[...document.querySelectorAll('.xterm-rows > div')].map(row => row.textContent).join('\\n')"

_KEYS: Final = {
    "Enter": (13, "\r"), "Escape": (27, ""), "F5": (116, ""), "ArrowDown": (40, ""), "Tab": (9, ""),
}  # fmt: skip
"""The code of a key that is no character, and its text."""


class Tab:
    """One tab of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._changed = anyio.Event()
        self.requests: list[str] = []
        """The URL of everything that it asked for, of WebSockets too."""
        self.sent: list[str] = []
        """The texts that it sent over WebSockets."""
        self.complaints: list[str] = []
        """Errors of scripts, and what the policy of the page refused."""

    async def listen(self) -> None:
        """Take what the browser says, until cancelled."""
        async for message in self._socket:
            self._take(json.loads(message.data))
            self._changed.set()
            self._changed = anyio.Event()

    def _take(self, said: dict[str, Any]) -> None:
        match said:
            case {"id": int(number)}:
                self._answers[number] = said
            case {"method": "Network.requestWillBeSent", "params": {"request": {"url": str(url)}}}:
                self.requests.append(url)
            case {"method": "Network.webSocketCreated", "params": {"url": str(url)}}:
                self.requests.append(url)
            case {"method": "Network.webSocketFrameSent", "params": {"response": {"opcode": 1, "payloadData": text}}}:
                self.sent.append(text)
            case {"method": "Runtime.exceptionThrown", "params": params}:
                self.complaints.append(json.dumps(params))
            case {"method": "Log.entryAdded", "params": {"entry": {"level": "error", "text": text}}}:
                self.complaints.append(text)
            case _:
                pass

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol."""
        number = next(self._numbers)
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
        with anyio.fail_after(HANG):
            while number not in self._answers:
                await self._changed.wait()
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def value(self, script: str, *, gesture: bool = False) -> Any:
        """Return what an expression of JavaScript is worth; with a gesture, as if the user had clicked."""
        result = await self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=gesture
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def go(self, url: str) -> None:
        await self.ask("Page.navigate", url=url)

    async def text(self) -> str:
        """Return what the terminal shows."""
        return str(await self.value(_ROWS) or "").replace("\xa0", " ")

    async def until(self, script: str) -> None:
        """Wait until an expression is true; one that fails, as before the page is there, is not."""
        script = f"(() => {{ try {{ return {script} }} catch {{ return false }} }})()"
        with anyio.move_on_after(HANG):
            while not await self.value(script):  # noqa: ASYNC110 - a page tells of no change
                await anyio.sleep(0.05)
            return
        raise AssertionError(f"{script}: {await self.value('document.body.innerText')}")

    async def shows(self, text: str) -> None:
        await self.until(f"({_ROWS}).replaceAll('\\xa0', ' ').includes({json.dumps(text)})")

    async def shows_no(self, text: str) -> None:
        await self.until(f"!({_ROWS}).replaceAll('\\xa0', ' ').includes({json.dumps(text)})")

    async def press(self, key: str) -> None:
        """Press and let go a key: a character, or a name as `Escape`."""
        code, text = _KEYS.get(key, (ord(key[0].upper()), key))
        down = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text}
        await self.ask("Input.dispatchKeyEvent", **down)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def resize(self, width: int, height: int, *, scale: float = 1.0, mobile: bool = False) -> None:
        await self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )
        await self.ask("Emulation.setTouchEmulationEnabled", enabled=mobile)

    async def picture(self) -> bytes:
        """Return a PNG of what is seen."""
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])


class Browser:
    """A running browser with a profile of its own."""

    def __init__(self, http: aiohttp.ClientSession, port: int, process: subprocess.Popen[bytes]) -> None:
        self._http = http
        self._place = f"http://127.0.0.1:{port}"
        self.process = process

    @asynccontextmanager
    async def tab(self) -> AsyncGenerator[Tab]:
        """Open a tab; it is closed with the block."""
        async with self._http.put(f"{self._place}/json/new?about:blank") as answer:
            target = await answer.json()
        async with (
            self._http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket,
            anyio.create_task_group() as tasks,
        ):
            tab = Tab(socket)
            tasks.start_soon(tab.listen)
            for domain in ("Page", "Network", "Runtime", "Log"):
                await tab.ask(f"{domain}.enable")
            yield tab
            async with self._http.get(f"{self._place}/json/close/{target['id']}"):
                pass
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def chromium(profile: Path, *options: str) -> AsyncGenerator[Browser]:
    """Run Chromium while the block runs, with further options; its files are in a directory of the test."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    process = _start(profile, options)
    try:
        port = int((await _file_lines(profile / "DevToolsActivePort", lambda: process.poll() is None))[0])
        async with aiohttp.ClientSession() as http:
            yield Browser(http, port, process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(HANG)


def _start(profile: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
        "--disable-default-apps", "--mute-audio", "--hide-scrollbars", "--window-size=1280,800",
        "--remote-debugging-port=0", f"--user-data-dir={profile}", *options, "about:blank",
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(profile), "XDG_CONFIG_HOME": str(profile)}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        start_new_session=True,
    )  # fmt: skip


async def _file_lines(path: Path, is_running: Callable[[], bool]) -> list[str]:
    with anyio.fail_after(HANG):
        while not path.exists() or not path.read_text().strip():
            assert is_running(), "chromium ended"
            await anyio.sleep(0.05)
    return path.read_text().splitlines()
