"""``ga-ooo doctor`` and ``ga-ooo patch``."""

from __future__ import annotations

import argparse
from typing import Any

from ga_ooo.cli import doctor, options
from ga_ooo.host.checkout import patching
from ga_ooo.host.checkout.locate import locate


def add_commands(commands: Any) -> None:
    """Register the commands."""
    check = commands.add_parser(
        "doctor", help="what host this is, and what would stop a run, with remedies"
    )
    options.add_host(check)
    check.set_defaults(run=_doctor)

    patch = commands.add_parser(
        "patch", help="add the flag: `python reverie.py --ooo` then runs out of order"
    )
    options.add_host(patch)
    what = patch.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="say whether it is applied")
    what.add_argument("--revert", action="store_true", help="take it out again")
    patch.set_defaults(run=_patch)


def _doctor(arguments: argparse.Namespace) -> int:
    diagnosis = doctor.diagnose(arguments.host)
    print(doctor.render(diagnosis))
    return diagnosis.exit_code


def _patch(arguments: argparse.Namespace) -> int:
    checkout = locate(arguments.host)
    if arguments.check:
        status = patching.status(checkout)
        print(f"{status.state.value}: {status.refusal or status.reason}")
        return status.exit_code
    result = patching.revert(checkout) if arguments.revert else patching.apply(checkout)
    print(result.message)
    return 0
