"""What a resumed run needs from its user, because a simulation's own files never say it.

A simulation may come from somebody else. Its record says which model, plugins and journal the run
had; the user says where they are.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ga_ooo.errors import UsageError
from ga_ooo.host.durable.model_identity import read_model_text
from ga_ooo.host.durable.record import RunRecord
from ga_ooo.host.durable.run_journal import JournalPlan
from ga_ooo.options import JournalOptions, Options


def check_config(path: Path | None, simulation: Path) -> None:
    """Check that a configuration file that was found, not named, is not the simulation's.

    Args:
        path: of the file; None for none, or for one that the user named.

    Raises:
        UsageError: it was found in the working folder, which is in the simulation.
    """
    if path is not None and path.resolve().is_relative_to(simulation.resolve()):
        raise UsageError(
            f"the configuration file {path} lies in the simulation, which may not be your own",
            f"start the command in another folder; or add --config {path} if the file is your own",
        )


def check_seeds(seed: int, record: RunRecord) -> None:
    """Check that the run can have the seeds that it began with.

    Raises:
        UsageError: another seed was given, or the hash seed was random.
    """
    if seed != record.seed:
        raise UsageError(
            f"--seed {seed}: the run began with seed {record.seed}", "leave --seed out"
        )
    if record.hash_seed == "random":
        raise UsageError(
            "the run began with a random PYTHONHASHSEED, so its results cannot be continued",
            "begin the run again with `ga-ooo run`",
        )


def check_plugins(given: Collection[str], record: RunRecord) -> None:
    """Check that the user loads the modules that the run was begun with.

    Raises:
        UsageError: one is not given.
    """
    missing = [name for name in record.plugins if name not in given]
    if missing:
        raise UsageError(
            f"the run began with the plugin {missing[0]!r}, and you have not begun this run here",
            "look at this module first: it is a program. Then give it by --plugin",
        )


def check_model(options: Options, record: RunRecord) -> None:
    """Check that the user's options name the kind of model that answered the run so far.

    Raises:
        UsageError: they name none, or another one.
    """
    if options.journal.replay is not None:
        # A replay asks no model.
        return
    model = read_model_text(record.model)
    asks_servers = bool(options.serve.model or options.model.servers)
    if model.served and not asks_servers:
        raise UsageError(
            f"the run asked model servers for {', '.join(model.served)}, and it is not known which "
            "servers you want to ask",
            "give --model-url and --model-name (and --embedding-url, --embedding-name), or your "
            "configuration file by --config",
        )
    if model.model and (asks_servers or options.model.embedded_model != model.model):
        raise UsageError(
            f"the run began with the embedded model {model.model!r}", "give it by --model"
        )
    if model.model and options.model.embedding_width != model.embedding_width:
        raise UsageError(
            f"the run began with embeddings of width {model.embedding_width}",
            f"add --embedding-width {model.embedding_width}",
        )


def journal_of(options: JournalOptions, record: RunRecord, simulation: Path) -> JournalPlan | None:
    """The journal that the run began with.

    Args:
        options: of this run: of the flags, the user's notes and the configuration file.

    Raises:
        UsageError: it lies outside the simulation, and the user has not named it.
    """
    replay = options.replay is not None
    if record.journal is not None:
        return JournalPlan(record.scenario, simulation / record.journal, replay)
    if not record.has_outer_journal:
        return None
    file = options.replay or options.file
    if file is None:
        raise UsageError(
            "the journal of this run lies outside the simulation, and it is not known where",
            "give it by --journal FILE; or by --replay FILE, if the run replayed it",
        )
    return JournalPlan(record.scenario, file.absolute(), replay)
