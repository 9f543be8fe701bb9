"""Compare random scripts with a server that somebody has built: `python -m tests.differential MINUTES [SEED]`.

`--reference DIR`: the directory of the server, with `opensips` and `modules/`. `--out FILE` gets each difference, made
as small as it can be, as a case of tests/data/script_truth with our answer beside it.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.differential.reference_run import ReferenceRun
from tests.differential.search import Search, write_difference

BATCH = 300
"""Scripts a start of the server."""


def main() -> int:
    """Run it; return 1 when a script had another answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("seed", type=int, nargs="?", default=random.randrange(1 << 32))
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("differences.jsonl"))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    end, asked, different = time.monotonic() + given.minutes * 60, 0, 0
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as folder:
        search = Search(ReferenceRun(given.reference, Path(folder)))
        while time.monotonic() < end:
            found = search.differences(given.seed, range(asked, asked + BATCH))
            asked += BATCH
            different += len(found)
            with given.out.open("a", encoding="utf-8") as out:
                for difference in found:
                    write_difference(out, difference)
            print(f"{asked} scripts, {search.refused} refused, {search.died} died, {different} different", flush=True)
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
