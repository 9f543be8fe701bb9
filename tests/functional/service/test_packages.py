"""The packages install into an empty environment and run the demo: the wheel on each Python here, the sdist on one."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG
from tests.paths import ROOT
from tests.pythons import VERSIONS, find_python
from tests.uv import UV

NO_NETWORK: Final = ("error sending request", "dns error", "Network connectivity is disabled", "Connection refused")
"""What uv says when a library is not in its cache and cannot be had."""


def _uv(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([UV, *arguments], capture_output=True, text=True, check=False, timeout=4 * HANG)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, as they are published."""
    if not Path(UV).exists():
        pytest.skip("uv is not on the PATH")
    out = tmp_path_factory.mktemp("packages")
    built = _uv("build", "--quiet", "--out-dir", str(out), str(ROOT))
    _skip_without_network(built)
    assert built.returncode == 0, built.stderr
    return out


def _skip_without_network(ran: "subprocess.CompletedProcess[str]") -> None:
    if ran.returncode and any(text in ran.stderr for text in NO_NETWORK):
        pytest.skip(f"libraries cannot be had: {ran.stderr.strip()[-200:]}")


@pytest.mark.parametrize(("version", "form"), [*((version, "whl") for version in VERSIONS), (VERSIONS[0], "tar.gz")])
def test_a_package_installs_into_an_empty_environment_and_runs_the_demo(
    packages: Path, tmp_path: Path, version: str, form: str
) -> None:
    if (python := find_python(version)) is None:
        pytest.skip(f"no Python {version} here")
    (package,) = packages.glob(f"*.{form}")
    home = tmp_path / "v"
    made = _uv("venv", "--quiet", "--no-project", "--python", str(python), str(home))
    assert made.returncode == 0, made.stderr
    installed = _uv("pip", "install", "--quiet", "--python", str(home / "bin/python"), f"{package}[metrics]")
    _skip_without_network(installed)
    assert installed.returncode == 0, installed.stderr
    environ = _environment(tmp_path)
    shown = subprocess.run(
        [home / "bin/evtui", "version", "--json"], capture_output=True, text=True, check=False, timeout=HANG,
        env=environ, cwd=tmp_path,
    )  # fmt: skip
    assert f'"python":"{version}.' in shown.stdout, shown.stderr
    assert '"prometheus-client":' in shown.stdout
    _run_demo(home / "bin/evtui", environ)


def _environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which nothing of this checkout is found."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "EVTUI_", "XDG_", "VIRTUAL_ENV", "COV_"))
    }
    return {**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}


def _run_demo(evtui: Path, environ: dict[str, str]) -> None:
    """Run the demo in a terminal until its traffic is on the screen, then leave it with its key."""
    terminal = PtyProcess([str(evtui), "--demo"], environ, 120, 40)
    try:
        terminal.read_until(b"E_DEMO_")
        terminal.press(b"q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
