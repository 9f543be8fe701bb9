"""Pictures of the console as files: compare a drawn one with the stored one, and show where two differ."""

import html
import re
from pathlib import Path
from typing import Final

from rich.cells import cell_len

from tests.paths import ROOT

STORED: Final = Path(__file__).parent / "pictures"
"""One SVG for each picture test, named like the test."""
DIFFERENCES: Final = ROOT / ".pictures"
"""Where a mismatch is written; git ignores it."""

_RANDOM_ID: Final = re.compile(r"\bterminal-\d+-([\w-]+)")
_TEXT: Final = re.compile(r'(<text class="[^"]*-r\d+" x=")([\d.]+)(" [^>]*)textLength="([\d.]+)"([^>]*>)([^<]*)<')

_PAGE: Final = """<!doctype html>
<meta charset="utf-8">
<title>{name}</title>
<style>
  body {{ background: #888; font-family: sans-serif; }}
  .over {{ position: relative; isolation: isolate; }}
  .over > svg + svg {{ position: absolute; left: 0; top: 0; mix-blend-mode: difference; }}
</style>
<h1>{name}</h1>
<h2>Drawn now</h2><div>{drawn}</div>
<h2>Stored</h2><div>{stored}</div>
<h2>Difference: what is black is the same</h2><div class="over">{stored}{drawn}</div>
"""


def mismatch(name: str, svg: str) -> str | None:
    """Compare a picture with the stored one of this name; on a mismatch write both down and say where they are."""
    drawn, path = same_ids(svg), STORED / f"{name}.svg"
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    if drawn == stored:
        return None
    DIFFERENCES.mkdir(exist_ok=True)
    (DIFFERENCES / f"{name}.svg").write_text(drawn, encoding="utf-8")
    page = DIFFERENCES / f"{name}.html"
    # Each picture names its colours by classes: two on one page must not share them.
    page.write_text(
        _PAGE.format(name=html.escape(name), drawn=_with_ids(drawn, 1), stored=_with_ids(stored, 2)), encoding="utf-8"
    )
    write_png(DIFFERENCES / f"{name}.png", drawn)
    what = "differs from the stored one" if stored else "is new"
    return (
        f"the picture {name} {what}: look at {page}. "
        "If the change is wanted, `uv run --group dev just shots` stores the new pictures"
    )


def store(name: str, svg: str) -> None:
    """Keep a picture as the one to compare with."""
    STORED.mkdir(exist_ok=True)
    (STORED / f"{name}.svg").write_text(same_ids(svg), encoding="utf-8")


def same_ids(svg: str) -> str:
    """Take out the random number that rich gives the classes of each picture."""
    return _RANDOM_ID.sub(r"terminal-\1", svg)


def write_png(path: Path, svg: str) -> None:
    """Paint a picture in a font that is at hand, stretched to the width the SVG counts on."""
    import cairosvg  # most runs paint nothing, and it takes half a second

    here = _TEXT.sub(_place_characters, svg.replace("Fira Code", "DejaVu Sans Mono"))
    cairosvg.svg2png(bytestring=here.encode(), write_to=str(path))  # pyright: ignore[reportUnknownMemberType]


def _with_ids(svg: str, number: int) -> str:
    return re.sub(r"\bterminal-([\w-]+)", rf"terminal-{number}-\1", svg)


def _place_characters(match: re.Match[str]) -> str:
    # cairosvg does not know textLength: it is told where each character stands.
    text = html.unescape(match[6])
    step = float(match[4]) / max(1, sum(map(cell_len, text)))
    places, left = list[str](), float(match[2])
    for character in text:
        places.append(f"{left:.1f}")
        left += step * cell_len(character)
    return f"{match[1]}{' '.join(places)}{match[3]}{match[5]}{match[6]}<"
