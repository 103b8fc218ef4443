"""Options that several commands share, and the configuration they make."""

from __future__ import annotations

import argparse
from pathlib import Path

from ga_ooo.cli.settings import Settings
from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import ACCELERATORS, accelerator_names
from ga_ooo.model.serving.replicas import ServedUrls
from ga_ooo.options import (
    SCRIPTED,
    HealthPolicy,
    JournalOptions,
    ModelOptions,
    RetryPolicy,
    RouterOptions,
    RunOptions,
)


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
        help="dependency rule: reach (default), lockstep, or euclidean:RADIUS[:SPEED], sound from "
        "a radius of 12 on where people see a square of 8",
    )
    group.add_argument(
        "--retries", type=int, default=3, help="how often a failed move starts over (default: 3)"
    )
    group.add_argument(
        "--window",
        type=int,
        default=None,
        metavar="STEPS",
        help="how far anybody may lead the one furthest behind (default: no limit)",
    )
    group.add_argument(
        "--runahead",
        type=int,
        default=64,
        metavar="STEPS",
        help="how far those who wait are rehearsed ahead, to ask the model early; 0: not at all "
        "(default: 64)",
    )
    group.add_argument(
        "--runahead-budget",
        type=float,
        default=0.15,
        metavar="SHARE",
        help="tokens that this may waste, as a share of those needed; inf: any (default: 0.15)",
    )
    add_accelerate(group)


def add_accelerate(group: argparse._ActionsContainer) -> None:
    """Which accelerators are on."""
    group.add_argument(
        "--accelerate",
        default="all",
        metavar="all|none|NAMES",
        help="faster functions in place of the host's own, with the same results: "
        f"{','.join(ACCELERATORS)} (docs/accelerators.md; default: all, none with --mode lockstep)",
    )


def add_checkpoints(parser: argparse.ArgumentParser) -> None:
    """How a run can be gone on with after it was stopped or killed."""
    group = parser.add_argument_group("checkpoints (docs/checkpoints.md)")
    group.add_argument(
        "--checkpoint-every",
        dest="checkpoint_steps",
        type=int,
        default=360,
        metavar="STEPS",
        help="steps between two checkpoints (default: 360, a game hour)",
    )
    group.add_argument(
        "--checkpoint-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="at most so long between two checkpoints (default: 60)",
    )
    group.add_argument(
        "--keep-checkpoints",
        type=int,
        default=2,
        metavar="N",
        help="how many are kept, the newest (default: 2; 0: all)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which model answers."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default=SCRIPTED,
        help="scripted (default: offline, deterministic), or a plugin's",
    )
    add_servers(group)
    group.add_argument(
        "--latency",
        type=latency,
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


def add_servers(group: argparse._ArgumentGroup) -> None:
    """Which model servers answer."""
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
        "--structured-outputs",
        action=argparse.BooleanOptionalAction,
        help="ask for answers of the form that the host takes "
        "(default: where the servers can, as vLLM does)",
    )


def add_serving_of_a_run(parser: argparse.ArgumentParser) -> None:
    """Model servers that last as long as the run."""
    group = parser.add_argument_group("model servers of the run's own")
    group.add_argument(
        "--serve",
        dest="serve_model",
        metavar="MODEL",
        help="start vLLM servers on this machine, run against them, stop them (docs/vllm.md)",
    )
    group.add_argument(
        "--serve-embedding", dest="serve_embedding_model", metavar="MODEL", help="for embeddings"
    )


def add_journal(parser: argparse.ArgumentParser) -> None:
    """Whether answers are written down, and where."""
    group = parser.add_argument_group("journal (docs/journal.md)").add_mutually_exclusive_group()
    group.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="write every answer down here; the journal of a run that stopped is gone on with "
        "(default with model servers: SIM/ga_ooo/journal.sqlite in the folder of simulations)",
    )
    group.add_argument(
        "--no-journal",
        dest="keep_journal",
        action="store_false",
        default=None,
        help="write no answers down",
    )
    group.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="take the answers of a journal and no others, without any network; model options "
        "are the recorded ones, --latency delays each answer",
    )


def journal_options(arguments: argparse.Namespace) -> JournalOptions | None:
    """What a command line and its configuration file say about the journal; None for none.

    Raises:
        UsageError: they contradict themselves, or model servers are to be started for a replay,
            which asks nobody.
    """
    settings: Settings = arguments.settings
    values = settings.table("journal")
    # A flag speaks against all of the file.
    values = {k: v for k, v in values.items() if settings.origin("journal", k) == "flag"} or values
    keep, file, replay = (values.get(key) for key in ("keep", "file", "replay"))
    if (file and replay) or (keep is False and (file or replay)):
        raise UsageError(
            f"{settings.file.path}: keys of [journal] contradict each other",
            "give one of file, replay and keep = false",
        )
    if keep is False:
        return None
    # Those of somebody at the prompts are not known yet.
    scenario = getattr(arguments, "fork", None)
    if replay is None:
        # Absolute: the host changes the working folder.
        return JournalOptions(scenario, file.absolute() if file else None, keep=bool(keep))
    if settings.origin("serve", "model") == "flag":
        raise UsageError("both --serve and --replay", "leave --serve out: a replay asks nobody")
    return JournalOptions(scenario, replay.absolute(), replay=True)


def _replays(arguments: argparse.Namespace) -> bool:
    """Whether nobody is asked."""
    if not hasattr(arguments, "keep_journal"):
        return getattr(arguments, "replay", None) is not None
    journal = journal_options(arguments)
    return journal is not None and journal.replay


def add_clock(parser: argparse.ArgumentParser) -> None:
    """Wall clock or virtual time."""
    parser.add_argument(
        "--clock",
        choices=("wall", "virtual"),
        default="wall",
        help="virtual: model latencies take virtual time only, for measuring (default: wall)",
    )


def run_options(arguments: argparse.Namespace) -> RunOptions:
    """The run options of a command line and its configuration file."""
    settings: Settings = arguments.settings
    values = settings.table("run")
    if settings.origin("run", "accelerate") == "default":
        # The host's own loop is what everything is compared with.
        lockstep = getattr(arguments, "mode", "ooo") == "lockstep"
        values["accelerate"] = "none" if lockstep else "all"
    accelerator_names(values["accelerate"])
    return RunOptions(**values)


def model_options(arguments: argparse.Namespace, served: ServedUrls | None = None) -> ModelOptions:
    """The model options of a command line and its configuration file.

    Args:
        served: servers of the run's own; the only ones then.

    Raises:
        UsageError: a value is out of range, or model servers are to answer in virtual time.
    """
    settings: Settings = arguments.settings
    values = settings.table("model")
    if served is not None:
        values |= {
            "urls": served.generative,
            "name": served.generative_model,
            "embedding_urls": served.embedding or tuple(arguments.embedding_url),
            "embedding_name": served.embedding_model or arguments.embedding_name,
        }
    else:
        values |= {
            "urls": tuple(arguments.model_url),
            "name": arguments.model_name,
            "embedding_urls": tuple(arguments.embedding_url),
            "embedding_name": arguments.embedding_name,
        }
        if not arguments.model_url and settings.origin("model", "model") != "flag":
            values["endpoints"] = settings.file.endpoints
    model = ModelOptions(**values, names=settings.file.names, router=_router(settings))
    asked = model.servers and not _replays(arguments)
    if asked and getattr(arguments, "clock", "wall") == "virtual":
        raise UsageError(
            "model servers answer on the wall clock",
            "leave --clock virtual out, or take the scripted model (--model scripted)",
        )
    return model


def _router(settings: Settings) -> RouterOptions:
    values = settings.table("router")
    own = {key: values.pop(key) for key in ("eject_after", "give_up_after_s") if key in values}
    return RouterOptions(
        **own, retry=RetryPolicy(**settings.table("retry")), health=HealthPolicy(**values)
    )


def steps(text: str) -> list[int]:
    """``8640``, or ``100+100`` for two calls of the host's ``start_server``."""
    try:
        return [int(part) for part in text.split("+")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no number of steps; give one such as 8640, or several such as 100+100"
        ) from None


def latency(text: str) -> tuple[float, float, float]:
    """``0.05`` or ``0.05:0.02:0.0001``: seconds a call, per output token, per input token."""
    try:
        base, output, prompt = ([float(part) for part in text.split(":")] + [0.0, 0.0])[:3]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no latency; give seconds such as 0.05, or 0.05:0.02:0.0001"
        ) from None
    return base, output, prompt
