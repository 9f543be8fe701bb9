"""Every benchmark can be found and imported, and its lines get their place in docs/performance.md."""

import importlib

import pytest

from tests.architecture.source import ROOT
from tests.benchmarks.benches import BENCHES, SECTIONS
from tests.benchmarks.pairs import Line
from tests.benchmarks.report import Report

PAGE = ROOT / "docs" / "performance.md"


def test_every_benchmark_has_a_main_and_a_section() -> None:
    for name, bench in BENCHES.items():
        assert callable(importlib.import_module(f"tests.benchmarks.{bench.module}").main), name
        assert bench.section in SECTIONS, name


def test_what_was_measured_takes_the_place_of_its_section_alone() -> None:
    line = Line("rabbitmq", "a measure", 4.0, 3.0, 5.0, "x", "at least 3", True, "more")
    before = PAGE.read_text(encoding="utf-8")
    after = Report([line, line._replace(bench="mi", label="only in the JSON")]).into_page(before)
    assert "| a measure | 4.00 | 3.00 | 5.00 | at least 3 | more |" in after
    assert "only in the JSON" not in after
    kept = [each for each in before.split("\n## ") if not each.startswith("RabbitMQ")]
    assert [each for each in kept if each.rstrip() not in after] == []
    assert Report().into_page(after) == after


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="measured: begin"):
        Report().into_page("# Performance")
