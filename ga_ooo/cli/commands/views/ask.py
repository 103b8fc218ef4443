"""``ga-ooo ask``: asks a persona a question, without changing the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.host.durable.record import RECORD_FILE
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option
from ga_ooo.texts import shown
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """Who is asked, and what; model options that are not given are those of the run."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    persona: str = option(help="name of the persona", in_file=False)
    questions: tuple[str, ...] = option(
        help="one question or several, which are asked one after the other",
        flag="QUESTION",
        in_file=False,
    )
    options: Options = nested(Options, arguments.flags_of_a_run("model", "files.storage"))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.flags
    simulation = find_simulation(given["host"], given["sim"], given.get("files.storage"))
    fix_hash_seed(line.argv)
    # Only here: the imports take a second.
    from ga_ooo.api.asking import ask
    from ga_ooo.api.requests import BegunRun
    from ga_ooo.api.who_answers import check_model_choice
    from ga_ooo.host.checkout.locate import locate
    from ga_ooo.plugin import Plugins

    if (simulation / RECORD_FILE).is_file():
        begun = BegunRun.find(given["host"], given["sim"], given.get("files.storage"))
        line = line.recall(begun.notes)
        chosen = line.arguments
    else:
        chosen = line.arguments
        plugins = Plugins(chosen.options.run.plugins)
        check_model_choice(chosen.options, locate(chosen.host), plugins)
    answers = ask(chosen.host, simulation, chosen.persona, chosen.questions, chosen.options)
    for answer in answers:
        print(f"Interviewer: {shown(answer.question)}")
        text = answer.text or " ".join(answer.printed)
        print(f"{shown(chosen.persona)}: {shown(text) or '(says nothing)'}\n")
    return 0


COMMAND = Command(
    "ask a persona of a simulation a question, by the host's own interview, in a copy",
    Arguments,
    _run,
    description="Asks the persona as it is in the newest checkpoint, also during the run. "
    "The simulation, its journal and its record do not change. Model options that are not given "
    "are those that the run began with.",
    epilog="example:\n  ga-ooo ask HOST day --persona 'Klaus Mueller' 'What are you working on?'",
)
