"""What event routes of 2.4 fetched, with which codes (captures/classic/event_route.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.scripts.script_world import scripted
from tests.paths import TEST_DATA

RECORDED: Any = json.loads((TEST_DATA / "captures" / "classic" / "event_route.json").read_text())

SCRIPT = """
xlog_level=3
event_route[E_X, sync] {
    fetch_event_params("a=$avp(a);b=$var(b)");
    xlog("in E_X fetch rc=$rc a=$avp(a) b=$var(b) seen=$avp(seen)");
    fetch_event_params("nosuch=$avp(x1)");
    xlog("in E_X fetch missing rc=$rc x1=$avp(x1)");
    fetch_event_params("a=$avp(x2);nosuch=$avp(x3)");
    xlog("in E_X fetch one of two rc=$rc x2=$avp(x2) x3=$avp(x3)");
    fetch_event_params("$avp(p1);$avp(p2);$avp(p3)");
    xlog("in E_X fetch 3 positions rc=$rc p1=$avp(p1) p2=$avp(p2) p3=$avp(p3)");
}
event_route[E_POS, sync] {
    fetch_event_params("b=$avp(q1);$avp(q2)");
    xlog("in E_POS mixed2 rc=$rc q1=$avp(q1) q2=$avp(q2)");
}
route[E_X] {
    $avp(seen) = "from_raiser";
    $avp(n) = "b"; $avp(v) = "vb"; $avp(n) = "a"; $avp(v) = 42;
    raise_event("E_X", $avp(n), $avp(v));
}
route[E_X_noparam] { $var(b) = "unset"; raise_event("E_X"); }
route[E_X_unnamed] { $var(b) = "unset"; $avp(v) = "second"; $avp(v) = "first"; raise_event("E_X", $avp(v)); }
route[E_POS] {
    $avp(n) = "b"; $avp(v) = "second"; $avp(n) = "a"; $avp(v) = "first";
    raise_event("E_POS", $avp(n), $avp(v));
}
route[fetch_outside] { fetch_event_params("a=$avp(a)"); xlog("case=fetch_outside rc=$rc"); }
"""


def recorded(case: str) -> list[str]:
    """Return what the server's script logged of a case: without process ids and what only its call had."""
    (first, *_) = (item for item in RECORDED if item["case"] == case and item["log"])
    lines = [line.removeprefix("TRUTH ") for line in first["log"] if line.startswith("TRUTH ")]
    return [" ".join(word for word in line.split(" ") if not word.startswith(("pid=", "rm=", "ci="))) for line in lines]


@pytest.mark.parametrize("case", ["E_X", "E_X_noparam", "E_X_unnamed", "E_POS", "fetch_outside"])
async def test_event_routes_fetch_what_the_server_did(tmp_path: Path, case: str) -> None:
    async with scripted(tmp_path, SCRIPT) as world:
        await world.run(case)
        ours = [line for line in world.log if line.startswith(("in E_", "case="))]
    assert ours
    assert [line for line in ours if line not in recorded(case)] == []
