"""``ga-ooo reverie``: the host's own prompts with the engine on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.api.execution import open_on_loop
from ga_ooo.api.output_files import HostLog
from ga_ooo.api.requests import check_options
from ga_ooo.api.results import result_of
from ga_ooo.api.who_answers import check_model_choice, who_answers
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.durable.run_journal import JournalPlan
from ga_ooo.host.run.own_prompts.interactive import run_interactive
from ga_ooo.options import Options
from ga_ooo.options.declare import Flags, nested, option
from ga_ooo.texts import printable

_FLAGS = Flags(
    ("run", "model", "journal", "files.host_log"),
    without=(
        *("run.mode", "run.checkpoints", "run.checkpoint_steps", "run.checkpoint_seconds"),
        "run.keep_checkpoints",
        "run.whispers",
    ),
    not_in_file=("serve.model",),
)


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """How to run what the user asks for at the prompts."""

    host: Path = arguments.host()
    host_arguments: tuple[str, ...] = option(
        (), "arguments of the fork's own reverie.py, after --", flag="", in_file=False
    )
    options: Options = nested(Options, _FLAGS)


def _run(line: CommandLine[Arguments]) -> int:
    options = line.arguments.options
    plugins = check_options(options)
    checkout = locate(line.arguments.host)
    check_model_choice(options, checkout, plugins)
    # The host asks for the scenario later.
    journal = JournalPlan.of(options.journal, scenario=None)
    fix_hash_seed(line.argv)
    with HostLog(options.files.host_log) as log:
        run = open_on_loop(
            plugins, checkout, options, interactive=True, print_sink=log.write, journal=journal
        )
        try:
            print(printable("\n".join(who_answers(run.model))), flush=True)
            run_interactive(run, line.arguments.host_arguments)
        except EOFError:
            raise UsageError(
                "the input ended before a command that ends the host",
                "end it with `fin` (saves) or `exit`; use `ga-ooo run` for scripts",
            ) from None
        finally:
            if run.model.journal is not None:
                print(printable(result_of(run, None).journal_line()))
            run.close()
    return 0


COMMAND = Command(
    "answer the host's own prompts, with the engine on and no file of the host changed",
    Arguments,
    _run,
    epilog="Arguments behind -- go to the host's reverie.py, for forks that read arguments.",
    rest="host_arguments",
)
