"""Settings of flat files that could not work are refused when the configuration is read."""

from pathlib import Path

import pytest

from evtui.bootstrap.transports import make_transports
from evtui.config.config_loader import load_config
from evtui.core.errors import BadSettingError


def _load(folder: Path, setting: str) -> None:
    file = folder / "evtui.toml"
    file.write_text(f"[transports.flatstore]\n{setting}\n")
    for transport in make_transports(load_config(file=file).config):
        transport.close()


@pytest.mark.parametrize(
    "setting",
    [
        'delimiter = ""',
        'delimiter = "\\n"',
        'delimiter = "\\\\"',
        'delimiter = "n"',
        'escape_delimiter = ""',
        'escape_delimiter = "a,b"',
        'file_permissions = "rw"',
        'file_permissions = "999"',
        'rotate_size = "10 MB"',
        'suffix = "/../x"',
        'fsync = "often"',
        'roots = ["relative"]',
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_its_name(tmp_path: Path, setting: str) -> None:
    with pytest.raises(BadSettingError) as refused:
        _load(tmp_path, setting)
    assert refused.value.path.startswith(f"transports.flatstore.{setting.partition(' ')[0]}")


@pytest.mark.parametrize(
    "setting",
    [
        'delimiter = "\\t"',
        'delimiter = "::"',
        'escape_delimiter = " "',
        'file_permissions = "0600"',
        'rotate_size = "10m"',
        'suffix = ".$time(%Y%m%d)"',
        'fsync = "batch"',
        'roots = ["/var/log"]',
    ],
)
def test_a_setting_that_works_is_taken(tmp_path: Path, setting: str) -> None:
    _load(tmp_path, setting)
