"""What a stand-in for one SDK is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TypeAlias

from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.imports.modules import ImportedName
from ga_ooo.host.sdks.host_model import HostModel

MakeModules: TypeAlias = Callable[[HostModel], Mapping[str, ModuleType]]
"""Makes the modules of a stand-in; called once, before the host is imported."""


@dataclass(frozen=True)
class Sdk:
    """Packages by which host code asks models, and what replaces them.

    Attributes:
        name: for users, such as ``anthropic``.
        packages: dotted names of the modules that are replaced in host code. A module below one of
            them is an attribute of its replacement.
        make: makes the replacements: one module for each name in ``packages``.
    """

    name: str
    packages: tuple[str, ...]
    make: MakeModules


def who_replaces(sdks: tuple[Sdk, ...], module: str) -> Sdk | None:
    """The stand-in for a module that host code imports; None if it is not replaced.

    Args:
        sdks: of all plugins, those that count first.
        module: absolute dotted name.
    """
    for sdk in sdks:
        if any(f"{module}.".startswith(f"{package}.") for package in sdk.packages):
            return sdk
    return None


def replaces(sdks: tuple[Sdk, ...], imported: ImportedName) -> bool:
    """Whether all that an import statement imports is replaced, so that nothing need be
    installed for it.

    Args:
        sdks: of all plugins.
        imported: what the statement imports.
    """
    if imported.names and not imported.is_star:
        return all(who_replaces(sdks, f"{imported.module}.{name}") for name in imported.names)
    # A package of which some modules are replaced can be imported where it is not installed.
    return who_replaces(sdks, imported.module) is not None or any(
        package.startswith(f"{imported.module}.") for sdk in sdks for package in sdk.packages
    )


def make_replacements(sdks: tuple[Sdk, ...], model: HostModel) -> dict[str, ModuleType]:
    """The modules that host code gets in place of SDKs, by dotted name.

    Args:
        sdks: of all plugins, those that count first.

    Raises:
        UsageError: a plugin's stand-in cannot be made.
    """
    modules: dict[str, ModuleType] = {}
    for sdk in reversed(sdks):
        try:
            made = sdk.make(model)
            modules.update({package: made[package] for package in sdk.packages})
        except Exception as error:
            raise UsageError(
                f"the stand-in for {sdk.name} cannot be made: {type(error).__name__}: {error}",
                "correct or uninstall the plugin that has it: its function `make` must return one "
                f"module for each of {', '.join(sdk.packages)}",
            ) from error
    return modules
