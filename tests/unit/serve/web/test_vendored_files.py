"""The files of others in the page are those that their packages have, with their licences."""

import hashlib
import re

import msgspec
from msgspec import Struct

from evtui.serve.web import page_files
from tests.paths import ROOT

_FOLDER = ROOT / "evtui/serve/web/vendor"
_URL = re.compile(r"""(?:src|href)=["']([^"']+)|url\(["']?([^"')]+)|from '([^']+)'""")


class VendoredFile(Struct):
    path: str
    sha256: str


class VendoredPackage(Struct):
    name: str
    version: str
    licence: str
    origin: str
    integrity: str
    files: dict[str, VendoredFile]


class VendoredPackages(Struct):
    package: list[VendoredPackage]


def _packages() -> list[VendoredPackage]:
    return msgspec.toml.decode((_FOLDER / "ORIGIN.toml").read_bytes(), type=VendoredPackages).package


def test_each_file_is_the_one_of_the_package_and_version_that_is_written_down() -> None:
    wanted = {name: file.sha256 for package in _packages() for name, file in package.files.items()}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _FOLDER.iterdir()}
    del found["ORIGIN.toml"]
    assert found == wanted


def test_each_package_has_its_licence_its_version_and_where_it_is_from() -> None:
    for package in _packages():
        assert any(name.startswith("LICENSE.") for name in package.files), package.name
        assert package.version in package.origin
        assert package.integrity.startswith("sha512-")
        assert package.licence


def test_the_page_is_made_of_what_is_served_here_and_runs_no_inline_script() -> None:
    served = {path.removeprefix("/") for path in page_files.page_files()}
    own = ROOT / "evtui/serve/web/page"
    for path in own.iterdir():
        text = path.read_text(encoding="utf-8")
        named = {next(filter(None, match.groups())).removeprefix("./") for match in _URL.finditer(text)}
        assert named - served == set(), path.name
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
        assert "https://" not in text, path.name
    page = (own / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert re.findall(r"""\s(?:on\w+|style)=["']""", page) == []
