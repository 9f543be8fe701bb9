"""The settings of flat files as the code uses them."""

import msgspec
import pytest

from evtui.transports.flatstore.settings import FlatstoreSettings


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("17", 17), ("1k", 1024), ("10M", 10 * 1024**2), ("2g", 2 * 1024**3)]
)
def test_a_size_is_bytes_or_times_1024(text: str, size: int) -> None:
    assert msgspec.convert({"rotate_size": text}, FlatstoreSettings).rotate_bytes == size


@pytest.mark.parametrize("text", ["", "k", "1t", "-1", "1.5m", "٣k", "1kb"])
def test_a_wrong_size_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="rotate_size"):
        msgspec.convert({"rotate_size": text}, FlatstoreSettings)


@pytest.mark.parametrize(("text", "mode"), [("644", 0o644), ("0600", 0o600), ("0o640", 0o640)])
def test_permissions_are_octal(text: str, mode: int) -> None:
    assert msgspec.convert({"file_permissions": text}, FlatstoreSettings).mode == mode
