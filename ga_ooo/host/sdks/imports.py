"""By which packages the code of a host asks models, read from its import statements."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.modules import (
    ImportedName,
    all_imports,
    is_own_module,
    reachable_modules,
)
from ga_ooo.host.sdks.sdk import Sdk, who_replaces
from ga_ooo.host.sdks.unanswered import asks_models, package_past_gateway, unanswered


@dataclass(frozen=True)
class SdkImport:
    """The first import of an SDK.

    Attributes:
        package: its top-level name, or the module by which it connects.
        file: of the host, relative to the backend folder.
        line: of the import statement.
        sdk: the stand-in; None if there is none.
    """

    package: str
    file: str
    line: int
    sdk: Sdk | None

    @property
    def problem(self) -> str:
        """What is wrong where no stand-in answers."""
        if self.sdk is not None:
            return ""
        return f"{self.file}, line {self.line}: {unanswered(self.package)[0]}"

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
        return unanswered(self.package)[1] if self.sdk is None else ""


def sdk_imports(checkout: Checkout, sdks: tuple[Sdk, ...]) -> list[SdkImport]:
    """The SDKs that the modules of a host import, those inside of functions too.

    Args:
        checkout: the host.
        sdks: stand-ins of all plugins.

    Raises:
        SyntaxError: a file of the host is not Python 3.
    """
    found: dict[str, SdkImport] = {}
    for module in reachable_modules(checkout.backend):
        for imported in all_imports(module, checkout.backend):
            if imported.files or is_own_module(imported.module, checkout.backend):
                continue
            for name in _names(imported):
                sdk = who_replaces(sdks, name)
                package = package_past_gateway(name) or imported.module.partition(".")[0]
                if sdk is not None or package_past_gateway(name) is not None:
                    title = package if sdk is None else sdk.name
                    found.setdefault(title, SdkImport(package, module.file, imported.line, sdk))
    return list(found.values())


def unanswered_imports(checkout: Checkout, sdks: tuple[Sdk, ...]) -> list[SdkImport]:
    """The SDKs without a stand-in that an imported host has imported.

    Args:
        checkout: the host; imported by this process.
        sdks: stand-ins of all plugins.
    """
    # Reading the source takes a quarter of a second, and few hosts have imported any.
    # This process has imported http.client itself; what connects is named where it does so.
    imported = {name.partition(".")[0] for name in list(sys.modules) if asks_models(name)}
    if not imported:
        return []
    found = sdk_imports(checkout, sdks)
    return [each for each in found if each.sdk is None and each.package in imported]


def _names(imported: ImportedName) -> Iterator[str]:
    if imported.is_star or not imported.names:
        yield imported.module
    else:
        yield from (f"{imported.module}.{name}" for name in imported.names)
