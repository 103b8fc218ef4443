"""Checks of the source of a host: what the engine needs, its loop, accelerators, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from ga_ooo.cli.doctor.findings import Finding, Severity, from_error, ok
from ga_ooo.host.accelerators import ACCELERATORS, unrecognised
from ga_ooo.host.checkout import requirements, source
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.imports.inputs import missing_inputs
from ga_ooo.host.checkout.imports.modules import reachable_modules
from ga_ooo.host.checkout.imports.user_names import absent_names, made_up_names
from ga_ooo.host.checkout.loop.guards import is_guarded
from ga_ooo.host.checkout.loop.review import review_loop
from ga_ooo.host.checkout.loop.set_up import read_set_up, refusal_of_set_up
from ga_ooo.host.checkout.recipe import (
    LOCKSTEP_REMEDY,
    first_line,
    lines_of,
    no_loop,
    refusal_of,
)

_PERCEIVE: Final = "persona/cognitive_modules/perceive.py"


def requirements_met(checkout: Checkout) -> Iterator[Finding]:
    """The classes and methods that the engine needs."""
    modules: dict[str, ast.Module] = {}
    missing: list[str] = []
    for requirement in requirements.REQUIREMENTS:
        path = checkout.backend / requirement.file
        if requirement.file not in modules:
            if not path.is_file():
                missing.append(f"{requirement.file} ({requirement.name})")
                continue
            modules[requirement.file] = source.parse_or_refuse(path)
        parts = requirements.missing_parts(modules[requirement.file], requirement)
        missing += [f"{part} in {requirement.file}" for part in parts]
    if missing:
        yield Finding(
            Severity.ERROR,
            f"the host lacks what the engine needs: {', '.join(missing)}",
            "restore the files; a fork that renamed these is not supported",
        )
    else:
        names = ", ".join(requirement.name for requirement in requirements.REQUIREMENTS)
        yield ok(f"recognised: {names}, with all that the engine needs")
    perceive = modules.get(_PERCEIVE)
    if perceive is not None and not requirements.reads_tile_events(perceive):
        yield Finding(
            Severity.WARNING,
            "perceive does not read the events of tiles, as every known host does",
            "run `ga-ooo verify` on a short scenario first",
        )


def loop(checkout: Checkout) -> Iterator[Finding]:
    """The loop of the host, and the work of a fork in it."""
    module = source.parse_or_refuse(checkout.backend / source.LOOP_FILE)
    review = review_loop(module)
    if review is None:
        yield Finding(Severity.ERROR, *no_loop(module))
        return
    refusal = refusal_of(review)
    if refusal:
        yield Finding(Severity.ERROR, refusal, LOCKSTEP_REMEDY)
    else:
        yield ok("the loop does the work of the original, and nothing that the engine leaves out")
    calls = ", ".join(f"self.{name}()" for name in review.methods)
    if calls:
        yield ok(f"the loop of this fork also calls {calls}: called at the commit horizon")
    work = [*review.at_the_end.before_count, *review.at_the_end.after_count]
    if work:
        shown = "".join(f"\n  line {each.lineno}: {first_line(each)}" for each in work)
        yield ok(f"work at the end of a turn of the loop is done in its place:{shown}")
    if work or review.each_step:
        is_rare = not review.each_step and all(map(is_guarded, work))
        yield Finding(
            Severity.WARNING,
            "all personas wait for each other at the steps at which the loop of this fork works, "
            "and a run cannot be resumed"
            if is_rare
            else "the loop of this fork works between all steps: no persona runs ahead of another "
            "one, and a run cannot be resumed",
            "nothing, if this is intended; without this work a run is faster",
        )
    for name, statements in review.flags.items():
        yield ok(
            f"work in the loop under self.{name}, which is off, is left out "
            f"({source.LOOP_FILE}, {lines_of(statements)}); a run with it on is refused"
        )


def set_up(checkout: Checkout) -> Iterator[Finding]:
    """The constructor, and what the main block does between it and its first command."""
    module = source.parse_or_refuse(checkout.backend / source.LOOP_FILE)
    parameters = requirements.constructor_parameters(module)
    impossible = requirements.refusal_of_constructor(parameters)
    if impossible is not None:
        yield Finding(Severity.ERROR, *impossible)
    found = read_set_up(module)
    refusal = refusal_of_set_up(found)
    if refusal is not None:
        # Only a run without questions is impossible.
        yield Finding(Severity.WARNING, *refusal)
    elif found.statements:
        shown = "".join(f"\n  line {each.lineno}: {first_line(each)}" for each in found.statements)
        yield ok(f"the main block sets up the server, and a run does so too:{shown}")


def accelerators(checkout: Checkout) -> Iterator[Finding]:
    """The accelerators that are on for this host, and those that are off."""
    differing = {name: unrecognised(checkout.backend, name) for name in ACCELERATORS}
    on = [name for name, functions in differing.items() if not functions]
    if on:
        yield ok(f"accelerators for this host: {', '.join(on)}")
    for name, functions in differing.items():
        if functions:
            yield ok(
                f"no {name} accelerator: it was not shown to equal these functions of this host: "
                f"{', '.join(functions)}"
            )


def imports(checkout: Checkout) -> Iterator[Finding]:
    """``utils.py``, and the files and environment variables that the host reads at import."""
    try:
        modules = reachable_modules(checkout.backend)
    except SyntaxError as error:
        raise source.syntax_refusal(error) from error
    for missing in missing_inputs(checkout.backend, modules):
        yield from_error(missing)
    if checkout.utils_is_package:
        yield ok("utils is a package of this fork and will be used")
        return
    if checkout.has_utils:
        yield ok(f"{UTILS} exists and will be used")
    else:
        yield ok(f"{UTILS} is missing: not needed, a run generates it in memory")
    absent = absent_names(checkout, modules)
    values = made_up_names(absent, checkout.backend)
    if values:
        shown = ", ".join(f"{name} = {value!r}" for name, value in values.items())
        yield ok(f"made up for {UTILS}, which does not set them: {shown}")
    for use in absent.values():
        if use.name not in values:
            yield Finding(
                Severity.WARNING,
                f"{use.file}, line {use.line} uses {use.name}, which nothing defines",
                f"if the README of the host puts it in {UTILS}, write that file",
            )
