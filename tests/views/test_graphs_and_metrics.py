"""Exports for other tools: GraphML, the text format of Prometheus, OpenTelemetry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ga_ooo.costs.spent import Spent
from ga_ooo.record import RecordReader
from ga_ooo.views.metrics import metrics_text
from ga_ooo.views.telemetry import names
from ga_ooo.views.telemetry.spans import export_metrics, export_spans
from tests.record.rows import NAMES, write
from tests.views.conftest import Command

_SAMPLE = re.compile(r'ga_ooo_\w+\{(\w+="(\\.|[^"\\\n])*",?)+\} -?\d+(\.\d+)?(e[+-]\d+)?')


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[RecordReader]:
    with RecordReader(write(tmp_path / "record.sqlite")) as reader:
        yield reader


def test_graphml(host: Path, ga_ooo: Command, tmp_path: Path) -> None:
    path = tmp_path / "day.graphml"
    code, _, err = ga_ooo("export", host, "day", "--format", "graphml", "--output", path)
    assert code == 0, err
    graph = nx.read_graphml(path)
    assert [graph.nodes[node]["name"] for node in graph] == list(NAMES)
    ((held, blocker, edge),) = graph.edges(data=True)
    assert (held, blocker, edge["holds"]) == ("1", "0", 2)
    assert edge["seconds"] == pytest.approx(0.25)
    assert edge["order_seconds"] == pytest.approx(0.15)
    code, _, err = ga_ooo("export", host, "day", "--format", "graphml")
    assert code == 2 and "name a new one with --output" in err


def test_prometheus(reader: RecordReader, host: Path, ga_ooo: Command) -> None:
    spent = Spent("USD", amount=1.5)
    text = metrics_text(reader, 'a"b\n', spent)
    lines = text.splitlines()
    assert all(line.startswith("# ") or _SAMPLE.fullmatch(line) for line in lines)
    assert 'ga_ooo_steps_total{simulation="a\\"b\\n"} 4' in lines
    assert any('tokens_total{simulation="a\\"b\\n",direction="in"} 210' in line for line in lines)
    assert any('server="http://a/v1"} 1.0' in line for line in lines)
    assert any('currency="USD"} 1.5' in line for line in lines)
    code, out, _ = ga_ooo("metrics", host, "day")
    assert code == 0 and 'ga_ooo_personas{simulation="day",phase="held"} 1' in out


def test_spans(reader: RecordReader) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    number = export_spans(reader, provider, "day")
    spans = exporter.get_finished_spans()
    provider.shutdown()
    assert len(spans) == number == 4
    calls = [span for span in spans if span.parent is not None]
    by_kind = {dict(span.attributes or {})[names.KIND]: span for span in calls}
    utterance = by_kind["utterance"]
    attributes = dict(utterance.attributes or {})
    assert attributes[names.INPUT_TOKENS] == 90
    assert attributes[names.AGENT] == NAMES[0]
    (parent,) = [span for span in spans if span.context == by_kind["poignancy"].parent]
    assert [event.name for event in parent.events] == [names.HELD, names.HELD]
    assert dict(parent.attributes or {})[names.STEP] == 2
    # 2026-01-01, and the clock of the run.
    assert utterance.start_time == 1_767_225_602_200_000_000


def test_metrics(reader: RecordReader) -> None:
    memory = InMemoryMetricReader()
    provider = MeterProvider([memory])
    export_metrics(reader, provider)
    data = memory.get_metrics_data()
    provider.shutdown()
    assert data is not None
    (scope,) = data.resource_metrics[0].scope_metrics
    found = {metric.name: metric for metric in scope.metrics}
    assert found.keys() == {names.TOKEN_USAGE, names.DURATION}
    points = found[names.DURATION].data.data_points
    assert sum(point.count for point in points if isinstance(point, HistogramDataPoint)) == 3
