"""Checks of the packages that a host imports, and of those by which it asks models."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from ga_ooo.cli.doctor.findings import Finding, Severity, ok
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.distributions import install_remedy, required_versions
from ga_ooo.host.checkout.imports.modules import outside_imports
from ga_ooo.host.checkout.source import syntax_refusal
from ga_ooo.host.sdks.imports import sdk_imports
from ga_ooo.host.sdks.sdk import Sdk, replaces
from ga_ooo.host.sdks.threads import model_threads

_REPLACED: Final = frozenset({"utils", "selenium"})
"""Modules that a run replaces besides SDKs, so they need not be installed."""


def packages(checkout: Checkout, sdks: tuple[Sdk, ...]) -> Iterator[Finding]:
    """The packages that the host imports."""
    try:
        needed = outside_imports(checkout.backend, lambda imported: replaces(sdks, imported))
    except SyntaxError as error:
        raise syntax_refusal(error) from error
    for name, file in sorted(needed.items()):
        if name not in _REPLACED and find_spec(name) is None:
            yield Finding(
                Severity.ERROR,
                f"{file} imports {name!r}, which is not installed",
                install_remedy(name, checkout.root),
            )
        elif name == "selenium":
            yield ok("selenium is not needed: a run has no browser")
        elif name not in _REPLACED:
            yield ok(f"{name} is installed")


def model_packages(checkout: Checkout, sdks: tuple[Sdk, ...]) -> Iterator[Finding]:
    """The packages by which the host asks models, and who answers."""
    try:
        found = sdk_imports(checkout, sdks)
    except SyntaxError as error:
        raise syntax_refusal(error) from error
    for each in found:
        if each.sdk is None:
            yield Finding(Severity.WARNING, each.problem, each.remedy)
        else:
            yield ok(
                f"{each.file}, line {each.line} imports {each.sdk.name}: its calls of models go "
                "to the model of the run"
            )


def replaced_openai(checkout: Checkout) -> Iterator[Finding]:
    """Whether this environment is the host's, and has no ``openai`` before 1.0 any more.

    The environment counts as the host's if it has most of the packages that the host requires.
    """
    required = required_versions(checkout.root)
    wanted, found = required.pop("openai", ""), _installed("openai")
    if not wanted.startswith("0.") or found is None or found.startswith("0."):
        return
    present = [name for name in required if _installed(name) is not None]
    if len(present) * 2 > len(required):
        yield Finding(
            Severity.WARNING,
            f"this environment is the host's, and has openai {found} instead of {wanted}: without "
            "--ooo, the host cannot ask a model here any more",
            "install ga_ooo into an environment of its own, with pipx or `uv tool install`, call "
            f"`ga-ooo patch` there, and here: {sys.executable} -m pip install openai=={wanted}",
        )


def _installed(name: str) -> str | None:
    """The installed version of a distribution; None for none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def threads(checkout: Checkout, sdks: tuple[Sdk, ...]) -> Iterator[Finding]:
    """Threads of the host in which it asks models."""
    try:
        found = model_threads(checkout, sdks)
    except SyntaxError as error:
        raise syntax_refusal(error) from error
    for each in found:
        yield Finding(
            Severity.ERROR,
            f"{each.file}, line {each.line} makes a {each.kind}, in which {each.function} asks the "
            "model: such a call belongs to no move, so a run ends there",
            "let the host ask the model without a thread, or run it with --mode lockstep",
        )
