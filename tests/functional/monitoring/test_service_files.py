"""The dashboard and the alert rules name only metrics and labels that a scrape has."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest
import yaml

from tests.functional.monitoring.scrapes import Scrape
from tests.functional.monitoring.test_service_pages import get
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.limits import HANG
from tests.paths import ROOT

FOLDER: Final = ROOT / "docs/service"
DASHBOARD: Final = FOLDER / "grafana-dashboard.json"
ALERTS: Final = FOLDER / "prometheus-alerts.yaml"

OF_PROMETHEUS: Final = {"up"}
"""What Prometheus itself tells of each target."""
OF_TARGETS: Final = {"job", "instance"}
"""The labels that Prometheus gives to each target."""

_METRIC: Final = re.compile(r"\b(?:evtui|process)_[a-z_]+\b|\bup\b")
_SELECTED: Final = re.compile(r"\b((?:evtui|process)_[a-z_]+|up)\{([^}]*)\}")
_LABEL: Final = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
_GROUPED: Final = re.compile(r"\bby \(([^)]*)\)")
_SHOWN: Final = re.compile(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}")


def _dashboard_expressions() -> Iterator[tuple[str, str]]:
    board = json.loads(DASHBOARD.read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield re.sub(r"label_values\((.*), \w+\)", r"\1", variable["definition"]), ""


def _alert_rules() -> list[dict[str, Any]]:
    groups = cast("dict[str, Any]", yaml.safe_load(ALERTS.read_text()))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _alert_expressions() -> Iterator[tuple[str, str]]:
    for rule in _alert_rules():
        shown = " ".join(_SHOWN.findall(" ".join(rule["annotations"].values())))
        yield rule["expr"], " ".join(f"{{{{{label}}}}}" for label in shown.split() if label != "value")


@pytest.fixture(scope="module")
def scrape(tmp_path_factory: pytest.TempPathFactory) -> Scrape:
    port = free_port()
    with Evtui(tmp_path_factory.mktemp("s")).serving("--service", f"127.0.0.1:{port}"):
        return Scrape(get(port, "/metrics").text)


@pytest.mark.parametrize("expressions", [_dashboard_expressions, _alert_expressions])
def test_every_metric_and_label_that_is_named_exists(scrape: Scrape, expressions: Any) -> None:
    named: set[str] = set()
    for expression, legend in expressions():
        metrics = set(_METRIC.findall(expression))
        assert metrics, expression
        families = {metric.removesuffix("_bucket") for metric in metrics - scrape.names}
        assert families - set(scrape.families) - OF_PROMETHEUS == set(), expression
        named |= metrics
        known = OF_TARGETS.union(*(scrape.labels(metric) or _empty_labels(metric) for metric in metrics))
        for metric, selected in _SELECTED.findall(expression):
            labels = scrape.labels(metric) or _empty_labels(metric)
            assert set(_LABEL.findall(selected)) - labels - OF_TARGETS == set(), expression
        grouped = {label.strip() for group in _GROUPED.findall(expression) for label in group.split(",")}
        assert grouped - known == set(), expression
        assert set(_SHOWN.findall(legend)) - known == set(), (expression, legend)
    assert len(named) > 8


def _empty_labels(metric: str) -> set[str]:
    """Name the labels of a metric that has no rows while there is no viewer, or before a delivery from a queue."""
    known = {"evtui_viewers": {"door"}, "evtui_queued_delivery_seconds": {"transport", "le"}}
    return known.get(metric.removesuffix("_bucket"), set())


def test_every_value_of_a_label_that_the_alerts_select_exists(scrape: Scrape) -> None:
    values = {
        (sample.name, label, value)
        for family in scrape.families.values()
        for sample in family.samples
        for label, value in sample.labels.items()
    }
    selected = [
        (metric, label, value)
        for rule in _alert_rules()
        for metric, labels in _SELECTED.findall(rule["expr"])
        if metric.startswith("evtui_")
        for label, value in re.findall(r'([a-z_]+)="([^"]*)"', labels)
    ]
    assert selected
    assert [each for each in selected if each not in values] == []


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    rules = _alert_rules()
    assert len({rule["alert"] for rule in rules}) == len(rules) > 8
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


def test_every_panel_has_a_place_of_its_own_and_a_description() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert all(panel["description"] and panel["title"] for panel in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_metric_of_the_page_exists(scrape: Scrape) -> None:
    page = (ROOT / "docs/service.md").read_text()
    named = set(re.findall(r"`((?:evtui|process)_[a-z_]+)`", page))
    families = scrape.names | set(scrape.families)
    assert len(named) > 15
    assert named - families == set()


def test_promtool_accepts_the_rules_and_the_metrics(evtui: Evtui) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("no promtool here")
    rules = subprocess.run(
        [promtool, "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False, timeout=HANG
    )
    assert rules.returncode == 0, rules.stderr
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}"):
        text = get(port, "/metrics").text
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False, timeout=HANG
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
