"""Checks of the packages that a host imports, and of those by which it asks models."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from ga_ooo.cli.doctor.findings import Finding, Severity, ok
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.distributions import install_remedy
from ga_ooo.host.checkout.imports.modules import outside_imports
from ga_ooo.host.checkout.source import syntax_refusal
from ga_ooo.host.sdks.imports import sdk_imports
from ga_ooo.host.sdks.sdk import Sdk, replaces

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
        elif name == "selenium" and find_spec(name) is None:
            yield ok("selenium is not installed: not needed, a run has no browser")
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
