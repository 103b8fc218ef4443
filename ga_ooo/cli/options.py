"""Options that several commands share, and the configuration they make."""

from __future__ import annotations

import argparse
from pathlib import Path

from ga_ooo.config import SCRIPTED, ModelOptions, RunOptions


def add_host(parser: argparse.ArgumentParser) -> None:
    """The host checkout."""
    parser.add_argument(
        "host", type=Path, metavar="HOST", help="checkout of Generative Agents or of a fork"
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """How to run; none of these but the seed changes a result."""
    group = parser.add_argument_group("run")
    group.add_argument("--seed", type=int, default=0, help="run seed (default: 0)")
    group.add_argument(
        "--rule",
        default="reach",
        help="dependency rule: reach (default), euclidean:RADIUS[:SPEED], lockstep",
    )
    group.add_argument(
        "--retries", type=int, default=3, help="how often a failed move starts over (default: 3)"
    )
    group.add_argument(
        "--lookahead",
        type=int,
        default=None,
        metavar="STEPS",
        help="how far anybody may lead the one furthest behind (default: no limit)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which model answers."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default=SCRIPTED,
        help="scripted (default: offline, deterministic), or a plugin's",
    )
    group.add_argument(
        "--model-url",
        action="append",
        default=[],
        metavar="URL",
        help="base URL of an OpenAI-compatible server (http://localhost:8000/v1); repeatable",
    )
    group.add_argument("--model-name", default="", metavar="NAME", help="served model name")
    group.add_argument(
        "--embedding-url", action="append", default=[], metavar="URL", help="for embeddings"
    )
    group.add_argument("--embedding-name", default="", metavar="NAME", help="for embeddings")
    group.add_argument(
        "--latency",
        type=_latency,
        default=(0.0, 0.0, 0.0),
        metavar="BASE:OUT:IN",
        help="scripted model: seconds a call, per output token, per input token "
        "(default: 0:0:0; 0.05:0.02:0.0001 is like an 8B model on one GPU)",
    )
    group.add_argument(
        "--latency-seed",
        type=int,
        default=None,
        metavar="SEED",
        help="scripted model: give every call a latency of its own, 1/4 to 4 times the modelled",
    )
    group.add_argument(
        "--slots", type=int, default=None, help="scripted model: calls served at once"
    )
    group.add_argument(
        "--embedding-width", type=int, default=64, help="scripted model: width of embeddings"
    )


def add_clock(parser: argparse.ArgumentParser) -> None:
    """Wall clock or virtual time."""
    parser.add_argument(
        "--clock",
        choices=("wall", "virtual"),
        default="wall",
        help="virtual: model latencies take virtual time only, for measuring (default: wall)",
    )


def run_options(arguments: argparse.Namespace) -> RunOptions:
    """The run options of a command line."""
    return RunOptions(
        seed=arguments.seed,
        rule=arguments.rule,
        retries=arguments.retries,
        lookahead=arguments.lookahead,
    )


def model_options(arguments: argparse.Namespace) -> ModelOptions:
    """The model options of a command line."""
    return ModelOptions(
        model=arguments.model,
        urls=tuple(arguments.model_url),
        name=arguments.model_name,
        embedding_urls=tuple(arguments.embedding_url),
        embedding_name=arguments.embedding_name,
        latency=arguments.latency,
        latency_seed=arguments.latency_seed,
        slots=arguments.slots,
        embedding_width=arguments.embedding_width,
    )


def steps(text: str) -> list[int]:
    """``8640``, or ``100+100`` for two calls of the host's ``start_server``."""
    return [int(part) for part in text.split("+")]


def _latency(text: str) -> tuple[float, float, float]:
    base, *rest = (float(part) for part in text.split(":"))
    output, prompt = (*rest, 0.0, 0.0)[:2]
    return base, output, prompt
