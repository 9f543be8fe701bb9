"""Who may import whom."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import PACKAGE, ROOT, project_settings
from tests.limits import HANG

TERMINAL = {"ui", "serve"}


def test_every_import_contract_is_kept() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANG)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_part_of_the_package_but_the_console_is_kept_from_the_terminal_libraries() -> None:
    contracts = project_settings()["tool"]["importlinter"]["contracts"]
    listed = next(set(contract["source_modules"]) for contract in contracts if contract["id"] == "terminal")
    doors = {"evtui.serve.watch", "evtui.serve.service"}
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert listed == {f"evtui.{part}" for part in parts - TERMINAL - {"__init__"}} | doors
