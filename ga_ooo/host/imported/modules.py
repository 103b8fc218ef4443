"""Importing the host into this process without changing its files.

Some modules of the host are replaced: ``utils`` if the user has written none, ``selenium`` and
``time`` always, and the SDKs of language models by modules that the caller provides. ``_finder``
explains how and why.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout import source
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.inputs import missing_inputs
from ga_ooo.host.checkout.imports.modules import is_own_module, reachable_modules
from ga_ooo.host.imported._finder import AbsentPackage, HostFinder, forget
from ga_ooo.host.imported._import_errors import import_error
from ga_ooo.host.imported._utils_module import complete_utils, map_names, replace_folders
from ga_ooo.host.imported.host_time import HostTime


@dataclass(frozen=True)
class HostModules:
    """The imported modules of the host.

    Attributes:
        checkout: their checkout.
        reverie: ``reverie.py``, imported as ``reverie``, so its main block did not run.
        utils: the ``utils.py`` of the user, or a generated module.
        gpt_structure: ``persona.prompt_template.gpt_structure``.
        maze: ``maze``.
        persona: ``persona.persona``.
        associative_memory: ``persona.memory_structures.associative_memory``.
        path_finder: ``path_finder``.
        global_methods: ``global_methods``.
        all: all modules of the checkout by name; grows with later imports of the host.
        builtins: the ``__builtins__`` of all of them. It is a copy of the real one: to replace
            ``input`` for the host, set it here.
        added_to_utils: names of upstream's ``utils.py`` that the user does not set, and a run does.
        clock: the module ``time`` of all of them.
        main_block: body of ``if __name__ == "__main__":`` in ``reverie.py``: the questions of the
            host and its global ``rs``. It must be executed in ``vars(reverie)``.
    """

    checkout: Checkout
    reverie: ModuleType
    utils: ModuleType
    gpt_structure: ModuleType
    maze: ModuleType
    persona: ModuleType
    associative_memory: ModuleType
    path_finder: ModuleType
    global_methods: ModuleType
    all: dict[str, ModuleType]
    builtins: dict[str, Any]
    clock: HostTime
    main_block: CodeType | None
    added_to_utils: frozenset[str]

    def setting(self, name: str, default: Any) -> Any:
        """A setting such as ``fs_storage`` as host code sees it, wherever the fork defines it."""
        for module in (self.utils, self.reverie, *self.all.values()):
            if name in vars(module):
                return vars(module)[name]
        return default


_NAMES: Final = {
    "reverie": "reverie",
    "utils": "utils",
    "gpt_structure": "persona.prompt_template.gpt_structure",
    "maze": "maze",
    "persona": "persona.persona",
    "associative_memory": "persona.memory_structures.associative_memory",
    "path_finder": "path_finder",
    "global_methods": "global_methods",
}

# One host per process: its modules have general names (utils, maze) and need the working folder.
_imported: list[tuple[HostModules, tuple[object, ...]]] = []


def import_host(
    checkout: Checkout,
    sdks: Mapping[str, ModuleType],
    storage: Path | None = None,
    temp_storage: Path | None = None,
) -> HostModules:
    """Import the host and change the working folder to its backend, where it opens its files.

    Args:
        checkout: the host.
        sdks: modules that replace those of the same dotted names in host code, and only there.
        storage: folder of simulations; None for that of the checkout or of ``utils.py``.
        temp_storage: folder shared with the frontend; None likewise.

    Returns:
        the modules. A second call with equal arguments returns the same object.

    Raises:
        HostError: the host cannot be imported (names file, line and cause), or this process has
            imported another host already.
    """
    storage = storage and storage.absolute()
    temp_storage = temp_storage and temp_storage.absolute()
    request = (checkout.root, tuple(sdks.values()), storage, temp_storage)
    if _imported:
        modules, earlier = _imported[0]
        if earlier == request:
            return modules
        raise HostError(
            f"this process has already imported the host {modules.checkout.root}",
            "use one process for each host and each pair of storage folders",
        )
    _refuse_taken_names(checkout)
    clock = HostTime()
    replaced = _replacements(checkout, sdks, clock)
    finder = HostFinder(checkout.root, checkout.backend, replaced)
    with _undo_on_error(checkout, finder):
        _refuse_missing_inputs(checkout)
        _provide_utils(checkout, finder)
        added: frozenset[str] = frozenset()
        if not checkout.utils_is_package:
            added = complete_utils(sys.modules["utils"], checkout, storage, temp_storage)
        for name in _NAMES.values():
            finder.builtins["__import__"](name)
        replace_folders(finder.registry.values(), storage, temp_storage)
        modules = HostModules(
            checkout=checkout,
            all=finder.registry,
            builtins=finder.builtins,
            clock=clock,
            main_block=_main_block(checkout.backend / source.LOOP_FILE),
            added_to_utils=added,
            **{field: sys.modules[name] for field, name in _NAMES.items()},
        )
        _name_the_server(modules)
    _imported.append((modules, request))
    return modules


def replace_everywhere(modules: HostModules, old: object, new: object) -> int:
    """Replace an object in all host modules, under all names that are bound to it.

    The modules of the host star-import each other, so one function is bound in many of them.
    Default arguments and class bodies are not searched.

    Returns:
        the number of replaced bindings.
    """
    count = 0
    for module in modules.all.values():
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)
                count += 1
    return count


def use_map(modules: HostModules, matrix: Path) -> None:
    """Give the host another map, unless the user's ``utils.py`` names one.

    Args:
        matrix: folder of its matrix files.
    """
    for name, value in map_names(matrix).items():
        if name in modules.added_to_utils:
            old = vars(modules.utils)[name]
            for module in modules.all.values():
                # By name: short texts such as a tile's code may be one object with others.
                if vars(module).get(name) == old:
                    setattr(module, name, value)


def remove_sleeps(modules: HostModules) -> int:
    """Remove the host's sleeps: it calls ``temp_sleep`` before each model call because of OpenAI's
    rate limit.

    Returns:
        the number of replaced bindings.
    """
    sleeps = [vars(module).get("temp_sleep") for module in modules.all.values()]
    return sum(
        replace_everywhere(modules, sleep, _no_sleep) for sleep in sleeps if sleep is not None
    )


def _no_sleep(seconds: float = 0.1) -> None:
    """Replaces the host's ``temp_sleep``."""


def _refuse_taken_names(checkout: Checkout) -> None:
    for name in _NAMES.values():
        top = name.partition(".")[0]
        if top in sys.modules:
            origin = getattr(sys.modules[top], "__file__", None) or "no file"
            raise HostError(
                f"this process has imported a module {top!r} already ({origin}), and the host in "
                f"{checkout.backend} has a module of the same name",
                "import the host in a new process",
            )


def _replacements(
    checkout: Checkout, sdks: Mapping[str, ModuleType], clock: HostTime
) -> dict[str, ModuleType]:
    """What host code gets in place of modules, by dotted name."""
    return {
        **{
            name: module
            for name, module in sdks.items()
            if not is_own_module(name, checkout.backend)
        },
        "selenium": AbsentPackage("selenium"),
        "time": clock,
    }


@contextmanager
def _undo_on_error(checkout: Checkout, finder: HostFinder) -> Iterator[None]:
    """Prepare the process for the host; undo all changes if the import fails."""
    folder, path = Path.cwd(), list(sys.path)
    arguments, sys.argv = sys.argv, [str(checkout.backend / source.LOOP_FILE)]
    os.chdir(checkout.backend)
    sys.path.insert(0, str(checkout.backend))
    sys.meta_path.insert(0, finder)
    try:
        yield
    except BaseException as error:
        os.chdir(folder)
        sys.path[:] = path
        sys.meta_path.remove(finder)
        forget([name.partition(".")[0] for name in (*_NAMES.values(), *finder.registry)])
        if isinstance(error, HostError) or not isinstance(error, Exception | SystemExit):
            raise
        raise import_error(error, checkout, _NAMES.values()) from error
    finally:
        # A module of a fork may read arguments. Those of this process are not for the fork.
        sys.argv = arguments


def _refuse_missing_inputs(checkout: Checkout) -> None:
    """Name a file or variable that the host reads at import, before half of the host has run."""
    missing = missing_inputs(checkout.backend, reachable_modules(checkout.backend))
    if missing:
        raise missing[0]


def _provide_utils(checkout: Checkout, finder: HostFinder) -> None:
    """Import ``utils`` before the other modules star-import it, or create it."""
    if checkout.has_utils or checkout.utils_is_package:
        finder.builtins["__import__"]("utils")
    else:
        utils = ModuleType("utils", "Generated by ga_ooo: the checkout has no utils.py.")
        sys.modules["utils"] = finder.registry["utils"] = utils


def _name_the_server(modules: HostModules) -> None:
    """Give the class of the server the original's name too, if a fork has renamed it."""
    loop_file = modules.checkout.backend / source.LOOP_FILE
    server = source.find_definition(source.parse(loop_file), source.SERVER)
    if server is not None and server.name != source.SERVER:
        setattr(modules.reverie, source.SERVER, getattr(modules.reverie, server.name))


def _main_block(reverie_py: Path) -> CodeType | None:
    body = source.main_block(source.parse_or_refuse(reverie_py))
    if body is None:
        return None
    module = ast.Module(body=body, type_ignores=[])
    # Without the `from __future__ import annotations` of this file.
    return compile(module, str(reverie_py), "exec", dont_inherit=True)
