"""Whether a filter means the name of a server."""

import pytest

from evtui.core.errors import BadFilterError
from evtui.filters.server_dependence import means_server


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event=E_A", False), ("event~PIKE and not ip=192.0.2.*", False), ('"server"=edge1', False),
        ("server=edge1", True), ("event=E_A and (n=1 or not server!=edge1)", True), ("edge1", True),
        ("event=E_A not edge1", True), ("/edge[12]/", True), ("text~edge", True), ("param.server=x", False),
    ],
)  # fmt: skip
def test_words_and_the_name_of_a_server_are_found(text: str, expected: bool) -> None:
    assert means_server(text) is expected


def test_a_wrong_filter_is_refused() -> None:
    with pytest.raises(BadFilterError):
        means_server("event=")
