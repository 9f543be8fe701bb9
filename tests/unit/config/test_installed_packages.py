"""Whether a package may add a transport: what is answered agrees with `importlib.metadata`."""

import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from evtui.config.installed_packages import may_have_entry_points

GROUP = "evtui.transports_of_this_test"
POINTS = f"[{GROUP}]\nshelf = shelf:make\n"


def package(place: Path, name: str, points: str | None) -> None:
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n")
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n")
    if points is not None:
        (folder / "entry_points.txt").write_text(points)


def agrees() -> bool:
    """Ask both; what this module denies the library must not find."""
    may = may_have_entry_points(GROUP)
    assert may or not entry_points(group=GROUP)
    return may


@pytest.mark.parametrize("name", ["shelf-1.0.dist-info", "shelf.egg-info", "Shelf-1.0.Dist-Info"])
def test_a_package_with_such_entry_points_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not agrees()
    package(tmp_path, name, POINTS)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert agrees()


def test_packages_without_them_are_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "one-1.0.dist-info", None)
    package(tmp_path, "two-1.0.dist-info", "[console_scripts]\ntwo = two:main\n")
    (tmp_path / "three.egg-info").write_text("Name: three\n")
    for place in (tmp_path, tmp_path / "missing"):
        monkeypatch.setattr(sys, "path", [str(place), *sys.path])
    assert not agrees()


def test_an_archive_may_have_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shelf.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("shelf-1.0.dist-info/METADATA", "Name: shelf\nVersion: 1.0\n")
        archive.writestr("shelf-1.0.dist-info/entry_points.txt", POINTS)
    monkeypatch.setattr(sys, "path", [str(path), *sys.path])
    assert agrees()


def test_a_finder_of_its_own_may_have_any(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        @staticmethod
        def find_distributions(_context: object) -> list[object]:
            return []

        @staticmethod
        def find_spec(*_arguments: object) -> None:
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert agrees()
