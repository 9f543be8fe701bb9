"""What benchmarks have told, as JSON and as tables of markdown: one for each section."""

import datetime as dt
import os
import platform
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.benchmarks.benches import BENCHES, SECTIONS
from tests.benchmarks.pairs import Line, figure

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


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
        """Yield a heading and a table for each section, in the order of the sections."""
        yield from self._sections(self.lines).values()
        for each in self.not_measured:
            yield f"Not measured: {each}"

    def into_page(self, page: str) -> str:
        """Return a page of documentation with these sections in the place of those of the same name.

        raises ValueError: it does not say where they stand.
        """
        before, begin, rest = page.partition(BEGIN)
        old, end, behind = rest.partition(END)
        if not begin or not end:
            message = f"the page lacks a line {BEGIN!r}, or behind it {END!r}"
            raise ValueError(message)
        known = {each.partition("\n")[0]: f"## {each.rstrip()}\n" for each in old.split("\n## ")[1:]}
        known |= self._sections([line for line in self.lines if BENCHES[line.bench].in_docs])
        return "\n".join([before + begin, "", *(known[name] for name in SECTIONS if name in known), end + behind])

    def _sections(self, lines: Sequence[Line]) -> dict[str, str]:
        """Write the sections that have lines."""
        found = {name: [line for line in lines if _section(line) == name] for name in SECTIONS}
        return {name: "\n".join(self._table(name, own)) for name, own in found.items() if own}

    def _table(self, section: str, lines: Sequence[Line]) -> Iterator[str]:
        yield f"## {section}"
        yield ""
        yield textwrap.fill(f"{SECTIONS[section]} {self._measured()}", 120)
        yield ""
        yield "| measure | median | from | to | limit | |"
        yield "|---|---|---|---|---|---|"
        for line in lines:
            label = line.label if line.held is not False else f"{line.label} (**not kept**)"
            cells = (figure(each, line.unit) for each in (line.value, line.lowest, line.highest))
            yield f"| {label} | {' | '.join(cells)} | {line.limit} | {line.more} |"
        yield ""

    def _measured(self) -> str:
        """Say when and on what this is measured."""
        system = f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
        load = f"{os.getloadavg()[0]:.1f}"
        return f"Measured on {dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores, {system}, at a load of {load}."


def _section(line: Line) -> str:
    return BENCHES[line.bench].section
