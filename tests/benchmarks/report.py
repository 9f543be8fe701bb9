"""What benchmarks have told, as JSON and as tables of markdown: one for each section."""

import datetime as dt
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.benches import BENCHES
from tests.benchmarks.pairs import Line, figure


@dataclass
class Report:
    """The lines of all benchmarks that ran, and what could not be measured."""

    lines: list[Line] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return how many limits are kept, in one line."""
        held = [line.held for line in self.lines if line.held is not None]
        return f"{sum(held)} of {len(held)} limits are kept; the load of the machine is {os.getloadavg()[0]:.1f} now"

    def as_json(self) -> dict[str, object]:
        """Return all, with the machine and the time."""
        return {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "machine": platform.platform(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
            "lines": [{"section": _section(line), **line._asdict()} for line in self.lines],
            "not_measured": self.not_measured,
        }

    def as_markdown(self) -> Iterator[str]:
        """Yield a heading and a table for each section, in the order of the benchmarks."""
        for section in dict.fromkeys(bench.section for bench in BENCHES.values()):
            if found := [line for line in self.lines if _section(line) == section]:
                yield from _table(section, found)
        for each in self.not_measured:
            yield f"Not measured: {each}"


def _table(section: str, lines: Sequence[Line]) -> Iterator[str]:
    yield f"## {section}"
    yield ""
    yield "| measure | median | from | to | limit | |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        label = line.label if line.held is not False else f"{line.label} (**not kept**)"
        cells = (figure(each, line.unit) for each in (line.value, line.lowest, line.highest))
        yield f"| {label} | {' | '.join(cells)} | {line.limit} | {line.more} |"
    yield ""


def _section(line: Line) -> str:
    return BENCHES[line.bench].section
