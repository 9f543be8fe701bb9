"""What became of a raise at each server of a fleet, as styled text."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.errors import UnknownEventError
from evtui.core.records import Raised
from evtui.ui.fleet.each_server import ServerResult
from evtui.ui.forms.raising.preview import describe_result
from evtui.ui.text.figures import count

_DIM: Final = "$foreground 60%"


def describe_results(results: Sequence[ServerResult[Raised | None]], width: int) -> Content:
    """Write a part for each server: what its subscribers got, or why it did not raise."""
    done = sum(result.error is None for result in results)
    parts = [Content.styled(f"raised at {count(done)} of {count(len(results))} servers", _DIM)]
    return Content("\n").join([*parts, *(_described(result, width) for result in results)])


def _described(result: ServerResult[Raised | None], width: int) -> Content:
    name = display_safe(result.server, 40)
    if isinstance(result.error, UnknownEventError):
        return Content.assemble(("- ", _DIM), name, ("  no such event", _DIM))
    if result.error is not None:
        return Content.assemble(("✗ ", "$error"), name, (f"  {display_safe(result.why, 300)}", "$error"))
    if result.answer is None:
        return Content.assemble(("✓ ", "$success"), name, ("  accepted; it does not tell the results", _DIM))
    if not result.answer.subscribers:
        return Content.assemble(("· ", "$warning"), name, ("  no subscribers", "$warning"))
    return Content.assemble(("✓ ", "$success"), name, "  ", describe_result(result.answer, width))
