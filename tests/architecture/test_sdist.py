"""The source archive holds what ./tests/run needs: packagers run the tests from it."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.limits import HANG
from tests.uv import UV

NEEDED = ("pyproject.toml", "uv.lock", "justfile", ".ci/run", "tests/run", "docs/sockets.md", "CONTRIBUTING.md")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(UV).exists():
        pytest.skip("uv is not on the PATH")
    out = tmp_path_factory.mktemp("sdist")
    command = [UV, "build", "--sdist", "--quiet", "--python", sys.executable, "--out-dir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG)
    assert built.returncode == 0, built.stderr
    with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
        archive.extractall(out, filter="data")
    return next(path for path in out.iterdir() if path.is_dir())


def test_the_source_archive_holds_what_the_tests_need(unpacked: Path) -> None:
    assert [name for name in NEEDED if not (unpacked / name).exists()] == []
    for folder in ("docs", "screenshots", "styles", "tests/functional/console/pictures", "evtui/serve/web/vendor"):
        assert {path.name for path in (ROOT / folder).iterdir() if path.is_file()} == {
            path.name for path in (unpacked / folder).iterdir() if path.is_file()
        }


def test_a_part_of_the_tests_passes_in_the_source_archive(unpacked: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/core", "tests/architecture/test_docs.py"]  # fmt: skip  # noqa: E501
    ran = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False, timeout=2 * HANG)
    assert ran.returncode == 0, ran.stdout[-3000:]
