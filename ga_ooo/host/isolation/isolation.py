"""The isolation of one host in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

from ga_ooo.engine.loop.fibers import Move
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.isolation.commit_order import CommitOrder
from ga_ooo.host.isolation.effects import switch
from ga_ooo.host.isolation.files.opening import open_in_host
from ga_ooo.host.isolation.memory import guards
from ga_ooo.host.isolation.memory.call_graph import HostFunction, called_in_moves
from ga_ooo.host.isolation.memory.guards import SharedVariables
from ga_ooo.host.isolation.memory.shared_state import find_shared_state
from ga_ooo.host.isolation.patches import Patches
from ga_ooo.host.isolation.policy import ReadPolicy, fixed_folders
from ga_ooo.host.isolation.writers import sets_variables, writes


class Isolation:
    """Keeps what moves do from showing anywhere but in order.

    Args:
        modules: those that host code consists of.
        policy: what moves may read without waiting.
        functions: those that moves may call.

    Attributes:
        problem: why no move can be rehearsed, with file and line; None if moves can be.
    """

    def __init__(
        self,
        modules: Mapping[str, ModuleType],
        policy: ReadPolicy,
        functions: list[HostFunction],
    ) -> None:
        self._modules = modules
        self._policy = policy
        variables = SharedVariables(find_shared_state(modules, functions))
        guards.install(variables, modules)
        self.problem = variables.problem

    def new_order(self, wait_for_turn: Callable[[Move], None]) -> CommitOrder:
        """The order in which the moves of a run take effect; the run before has ended.

        Args:
            wait_for_turn: see :class:`~ga_ooo.host.isolation.commit_order.CommitOrder`.
        """
        switch.order = order = CommitOrder(wait_for_turn, self._policy)
        return order

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While entered, host code calls isolated functions in place of the library's."""
        patches = Patches()
        patches.install(self._modules.values())
        try:
            yield
        finally:
            patches.remove()
            switch.order = None


def isolate(modules: HostModules) -> Isolation:
    """Isolate an imported host. Files that it opens know which move uses them from now on."""
    checkout = modules.checkout
    modules.builtins["open"] = open_in_host
    functions = called_in_moves(modules.all)
    policy = ReadPolicy(
        fixed_folders(checkout.backend, checkout.assets),
        moves_write=any(writes(functions)),
        moves_set_variables=sets_variables(functions),
    )
    return Isolation(modules.all, policy, functions)
