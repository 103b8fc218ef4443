"""``ga-ooo serve``: vLLM servers on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from ga_ooo.cli.arguments import ConfigArgument
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.errors import UsageError
from ga_ooo.options import ServeOptions
from ga_ooo.options.declare import Flags, nested


@dataclass(frozen=True, kw_only=True)
class Arguments(ConfigArgument):
    """What to start, and how."""

    serve: ServeOptions = nested(ServeOptions, Flags(("serve",)))


def _run(line: CommandLine[Arguments]) -> int:
    options = line.arguments.serve
    if not options.model:
        raise UsageError(
            "no model is named", "ga-ooo serve MODEL, or model in the [serve] table of ga-ooo.toml"
        )
    from ga_ooo.model.serving import serve

    return serve(options)


COMMAND = Command(
    "run vLLM servers on this machine until stopped",
    Arguments,
    _run,
    epilog="Arguments behind -- go to the generative servers as they are.",
    rest="serve.extra_arguments",
)
