"""What is packed, and that it runs when it is installed."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.limits import HANG
from tests.uv import UV


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(UV).exists():
        pytest.skip("uv is not on the PATH")
    out = tmp_path_factory.mktemp("wheel")
    _uv("build", "--wheel", "--quiet", "--python", sys.executable, "--out-dir", str(out), str(ROOT))
    return next(out.glob("*.whl"))


def test_the_wheel_carries_the_styles_the_catalogue_and_the_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    styles = {f"evtui/styles/{path.name}" for path in (ROOT / "styles").glob("*.tcss")}
    assert styles
    assert {"evtui/engine/events.json", "evtui/script/syntax/grammar.lark", "evtui/py.typed", *styles} <= names
    page = {
        path.relative_to(ROOT).as_posix()
        for folder in ("page", "vendor")
        for path in (ROOT / "evtui/serve/web" / folder).iterdir()
    }
    assert {"evtui/serve/web/page/index.html", "evtui/serve/web/vendor/xterm.mjs"} <= page
    assert page <= names
    assert not [name for name in names if name.startswith("tests")]
    service = {path.name for path in (ROOT / "docs/service").iterdir()}
    assert service == {Path(name).name for name in names if "/share/doc/evtui/service/" in name}


def test_its_description_links_nothing_that_stands_only_in_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        description = archive.read(name).decode().partition("\n\n")[2]
    assert "# evtui" in description
    assert "docs/sockets.md" in description
    links: list[str] = re.findall(r"\]\(([^)]*)\)|<img[^>]*", description)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_installed_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "venv"
    _uv("venv", "--quiet", "--python", sys.executable, str(target))
    _uv("pip", "install", "--quiet", "--no-deps", "--python", str(target / "bin/python"), str(wheel))
    # The dependencies are lent by this environment, so that nothing is downloaded; the package itself is the wheel's.
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(target)}))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    shown = _run(target / "bin/python", "-c", "import evtui; print(evtui.__file__)", cwd=tmp_path)
    assert shown == f"{site / 'evtui/__init__.py'}\n"
    assert _run(target / "bin/evtui", "--version", cwd=tmp_path).startswith("evtui ")


def _uv(*arguments: str) -> None:
    result = subprocess.run([UV, *arguments], capture_output=True, text=True, check=False, timeout=HANG)
    assert result.returncode == 0, result.stderr


def _run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=HANG
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
