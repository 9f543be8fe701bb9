"""A count that a person reads has separators: `12,345`."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

COUNTS = frozenset({
    "count", "counts", "lost", "kept", "failed", "dropped", "queued", "evicted", "skipped", "malformed", "duplicates",
    "refused", "overflows", "viewers", "missed", "total", "size", "bytes", "max_count", "max_bytes", "limit", "records",
    "attempt", "attempts",
})  # fmt: skip
"""Names that stand for a count or a size, by themselves or at the end of an attribute."""


NO_COUNTS = {
    ("evtui/transports/resolver.py", "{refused}"),
    ("evtui/ui/forms/export/saved_copy.py", "{attempt}"),
    ("evtui/ui/recording/record_key.py", "{lost}"),
    ("evtui/ui/screens/status_lines.py", "{kept}"),
    ("evtui/ui/stream/stream_pane.py", "{total}"),
    ("evtui/cli/raising/raise_lines.py", "{skipped}"),
}
"""Texts, and a number in the name of a file, that are called as counts are."""


def bare_counts(source: str) -> Iterator[str]:
    """Find the counts that a text shows as they are: the length of something, or what is called as a count is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is None and node.conversion == -1:
            value = node.value
            is_length = isinstance(value, ast.Call) and ast.unparse(value.func) == "len"
            name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
            if is_length or name in COUNTS:
                yield f"{node.lineno}: {{{ast.unparse(value)}}}"


def test_a_bare_count_is_found() -> None:
    assert list(bare_counts('f"{len(rows)} rows, {state.lost} lost, {n:,} of {name}"')) == [
        "1: {len(rows)}", "1: {state.lost}",
    ]  # fmt: skip


def test_counts_have_separators() -> None:
    found = {
        (str(path.relative_to(ROOT)), each)
        for path in sorted(Path(ROOT, "evtui").rglob("*.py"))
        if "script" not in path.relative_to(ROOT).parts  # a script writes numbers into its log, as OpenSIPS does
        for each in bare_counts(path.read_text(encoding="utf-8"))
    }
    assert {(path, each) for path, each in found if (path, each.partition(": ")[2]) not in NO_COUNTS} == set()
    assert {(path, each.partition(": ")[2]) for path, each in found} >= NO_COUNTS
