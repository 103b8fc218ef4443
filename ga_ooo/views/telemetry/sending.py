"""Sends the spans and metrics of a run to a collector, by OTLP over HTTP."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ga_ooo.errors import UsageError, install_command
from ga_ooo.record import RecordReader
from ga_ooo.record.reader import ALL, Range


def send(reader: RecordReader, simulation: str, of: Range = ALL) -> int:
    """Send a run to the collector that OpenTelemetry's own variables name
    (``OTEL_EXPORTER_OTLP_ENDPOINT``); returns the number of spans.

    Raises:
        UsageError: the extra ``telemetry`` is not installed.
    """
    try:
        exporters: Any = [
            import_module(f"opentelemetry.exporter.otlp.proto.http.{name}")
            for name in ("trace_exporter", "metric_exporter")
        ]
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from ga_ooo.views.telemetry.spans import export_metrics, export_spans
    except ImportError as error:
        raise UsageError(
            f"OpenTelemetry is not installed ({error.name})",
            f"install it: {install_command('telemetry')}",
        ) from error
    resource = Resource.create({"service.name": "ga-ooo"})
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(BatchSpanProcessor(exporters[0].OTLPSpanExporter()))
    metrics = PeriodicExportingMetricReader(exporters[1].OTLPMetricExporter())
    meters = MeterProvider([metrics], resource)
    try:
        export_metrics(reader, meters, of)
        return export_spans(reader, traces, simulation, of)
    finally:
        traces.shutdown()
        meters.shutdown()
