"""What a scrape tells, read with the parser of the Prometheus library."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as open_parser

NAME: Final = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
_BAD_UNITS: Final = re.compile(r"(milli|micro|nano|kilo|mega|giga|minutes|hours|days|percent|_ms|_kb|_mb)")
_RESERVED: Final = re.compile(r"_(total|sum|count|bucket|created)$")


class Scrape:
    """The families of one answer."""

    def __init__(self, text: str, *, is_open: bool = False) -> None:
        library = cast("Any", open_parser if is_open else parser)
        families: Iterable[Metric] = library.text_string_to_metric_families(text)
        self.families: Mapping[str, Metric] = {family.name: family for family in families}

    def value(self, name: str, **labels: str) -> float:
        """Return the value of a sample."""
        (found,) = [
            sample.value
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and sample.labels == labels
        ]
        return found

    @property
    def names(self) -> set[str]:
        """Return the names of all samples."""
        return {sample.name for family in self.families.values() for sample in family.samples}

    @property
    def size(self) -> int:
        """Count the samples."""
        return sum(len(family.samples) for family in self.families.values())

    def labels(self, name: str) -> set[str]:
        """Return the names of the labels of a sample."""
        return {
            label
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name
            for label in sample.labels
        }


def convention_faults(families: Iterable[Metric]) -> list[str]:
    """Say what breaks the conventions of Prometheus, as `promtool check metrics` does."""
    return [f"{family.name}: {fault}" for family in families for fault in _faults(family)]


def _faults(family: Metric) -> Iterable[str]:
    if not family.documentation:
        yield "no help text"
    if not NAME.match(family.name):
        yield "a name is snake_case"
    if _BAD_UNITS.search(family.name):
        yield "no base unit"
    if family.type in family.name.split("_"):
        yield "its type is in its name"
    if _RESERVED.search(family.name):
        yield "the end of its name is reserved"
    for sample in family.samples:
        yield from _sample_faults(family, sample.name, sample.labels)


def _sample_faults(family: Metric, name: str, labels: Mapping[str, str]) -> Iterable[str]:
    if family.type == "counter" and not name.endswith("_total"):
        yield "a counter ends in _total"
    if family.type == "gauge" and name != family.name:
        yield "a gauge has a suffix"
    if any(not NAME.match(label) for label in labels):
        yield "a label is snake_case"
    if "le" in labels and family.type != "histogram":
        yield "le is for histograms"
    if any(label in family.name.split("_") for label in labels if label != "le"):
        yield "a label repeats the name"
