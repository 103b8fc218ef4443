"""The state of a run in the text format of Prometheus, from its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from ga_ooo.costs.spent import Spent
from ga_ooo.record import RecordReader

Labels: TypeAlias = tuple[tuple[str, str], ...]
Sample: TypeAlias = tuple[Labels, float]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def metrics_text(reader: RecordReader, simulation: str, spent: Spent | None = None) -> str:
    """All metrics of a run.

    Args:
        simulation: its name, a label of each sample.
        spent: what the run has cost; None where this is not known.
    """
    of_run: Labels = (("simulation", simulation),)
    lines: list[str] = []
    for name, kind, about, samples in _metrics(reader, spent):
        lines += [f"# HELP ga_ooo_{name} {about}", f"# TYPE ga_ooo_{name} {kind}"]
        lines += [f"ga_ooo_{name}{_labels(of_run + labels)} {value!r}" for labels, value in samples]
    return "\n".join(lines) + "\n"


_Metric: TypeAlias = tuple[str, Literal["counter", "gauge"], str, Iterable[Sample]]


def _metrics(reader: RecordReader, spent: Spent | None) -> Iterator[_Metric]:
    facts, next_step = reader.facts, reader.next_step()
    yield (
        "steps_total",
        "counter",
        "Steps that all personas have committed.",
        [((), next_step - facts.first_step)],
    )
    yield (
        "game_time_seconds",
        "gauge",
        "Game time of the commit horizon since the begin.",
        [((), (next_step - facts.first_step) * facts.step_seconds)],
    )
    yield "run_seconds", "gauge", "Time of the run, by its clock.", [((), reader.last_time())]
    yield "personas", "gauge", "Personas by what they do.", _counted("phase", _phases(reader))
    yield (
        "leader_steps",
        "gauge",
        "Steps from the last persona to the first one.",
        [((), _spread(reader))],
    )
    calls: Counter[Labels] = Counter()
    tokens: Counter[Labels] = Counter()
    for call in reader.calls():
        calls[("kind", call.kind), ("source", call.source)] += 1
        if call.source == "model":
            tokens[(("direction", "in"),)] += call.tokens_in
            tokens[(("direction", "out"),)] += call.tokens_out
    early: Counter[Labels] = Counter()
    for row in reader.early_calls():
        early[(("kind", row.kind),)] += 1
        tokens[(("direction", "in"),)] += row.tokens_in
        tokens[(("direction", "out"),)] += row.tokens_out
    yield "calls_total", "counter", "Answered calls of moves.", calls.items()
    yield "early_calls_total", "counter", "Answered calls of rehearsals.", early.items()
    yield "tokens_total", "counter", "Tokens of answers of the model.", tokens.items()
    yield from _of_servers(reader)
    if spent is not None:
        cost: Labels = (("currency", spent.currency),)
        yield "cost_total", "counter", "What the run has cost.", [(cost, spent.amount)]


def _of_servers(reader: RecordReader) -> Iterator[_Metric]:
    newest = {sample.server: sample for sample in reader.servers()}
    named = [((("server", server),), sample) for server, sample in newest.items()]
    yield (
        "server_up",
        "gauge",
        "Whether the server is in service.",
        [(labels, float(sample.state == "closed")) for labels, sample in named],
    )
    yield (
        "server_in_flight",
        "gauge",
        "Requests under way.",
        [(labels, sample.in_flight) for labels, sample in named],
    )
    yield (
        "server_answers_total",
        "counter",
        "Answers in this process of the run.",
        [(labels, sample.answers) for labels, sample in named],
    )
    yield (
        "server_failures_total",
        "counter",
        "Failed attempts in this process of the run.",
        [(labels, sample.failures) for labels, sample in named],
    )


def _phases(reader: RecordReader) -> Mapping[str, int]:
    return Counter(row.phase for row in reader.latest())


def _spread(reader: RecordReader) -> int:
    steps = [row.step for row in reader.latest()]
    return max(steps, default=0) - min(steps, default=0)


def _counted(label: str, counts: Mapping[str, int]) -> list[Sample]:
    return [(((label, name),), number) for name, number in counts.items()]


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels) + "}"
