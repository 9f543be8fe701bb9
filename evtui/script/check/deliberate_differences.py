"""Note what evtui does otherwise than OpenSIPS on purpose (docs/opensips-behaviour.md 7), once for each name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.walk import Node, calls_among, variables

_NO_HEADER: Final = "changes nothing in the message here: $hdr(…) and the body are those received"
_FUNCTIONS: Final = {
    **dict.fromkeys(
        ("append_hf", "insert_hf", "remove_hf", "remove_hf_re", "remove_hf_glob", "append_urihf", "append_time",
         "remove_body_part", "add_body_part", "codec_delete", "codec_delete_re", "codec_delete_except_re",
         "codec_move_up", "codec_move_up_re", "codec_move_down", "codec_move_down_re", "stream_delete",
         "list_hdr_add_option", "list_hdr_remove_option", "subst", "subst_body", "replace", "replace_all",
         "replace_body", "replace_body_all", "replace_body_atonce", "search_append", "search_append_body"),
        _NO_HEADER,
    ),
    "check_time_rec": "knows no recurrences here",
    "loose_route": "knows no strict routers here",
    "append_to_reply": "refuses here what is not a header line",
    "ruri_add_param": "works on a URI with headers too here; OpenSIPS breaks it",
}  # fmt: skip
_TRANSFORMATIONS: Final = {
    "ip.resolve": "looks up no names here: the result is NULL for one",
    "sdp.stream-delete": "removes the last stream of two too here; OpenSIPS garbles it",
}


def find_differences(nodes: Iterable[Sequence[Node]]) -> Iterator[Finding]:
    """Note the first place of each function and transformation that differs, among the nodes of all routes."""
    told = set[str]()
    for within in nodes:
        for name, place, text in _differing(within):
            if name not in told:
                told.add(name)
                yield Finding(place, "note", "differs", text)


def _differing(nodes: Sequence[Node]) -> Iterator[tuple[str, Place, str]]:
    for call in calls_among(nodes):
        if call.name in _FUNCTIONS:
            yield call.name, call.place, f"{call.name}() {_FUNCTIONS[call.name]}"
    for variable in variables(nodes):
        for used in variable.transformations:
            name = f"{used.kind}.{used.name}".lower()
            if name in _TRANSFORMATIONS:
                yield name, variable.place, f"{{{name}}} {_TRANSFORMATIONS[name]}"
