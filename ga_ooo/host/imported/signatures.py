"""Calls of the host's server whose parameters differ between forks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.requirements import SCENARIO_NAMES, refusal_of_constructor

_REST: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def constructor_arguments(server_class: type, fork: str, simulation: str) -> dict[str, str]:
    """Arguments for ``ReverieServer``: by the known names of its parameters, else the first two.

    Raises:
        HostError: the constructor has further parameters without defaults.
    """
    parameters = inspect.signature(server_class).parameters.values()
    known = [
        (each.name, each.default is not each.empty or each.kind in _REST) for each in parameters
    ]
    refusal = refusal_of_constructor(known)
    if refusal is not None:
        raise HostError(*refusal)
    names = [name for name, _ in known]
    keys = SCENARIO_NAMES if {*SCENARIO_NAMES} <= {*names} else names[:2]
    return dict(zip(keys, (fork, simulation), strict=True))


def scenario_of(construct: Callable[..., Any], server: Any, *args: Any, **keywords: Any) -> str:
    """The scenario that a call of the constructor forks."""
    return names_of(construct, server, *args, **keywords)[0]


def names_of(
    construct: Callable[..., Any], server: Any, *args: Any, **keywords: Any
) -> tuple[str, str]:
    """The scenario that a call of the constructor forks, and the new simulation; each empty where
    the call does not give it."""
    bound = inspect.signature(construct).bind(server, *args, **keywords).arguments
    values = [*list(bound.values())[1:], "", ""]
    scenario = bound.get("fork_sim_code", values[0])
    return str(scenario), str(bound.get("sim_code", values[1]))


def steps_asked(
    start_server: Callable[..., Any], server: Any, args: Sequence[Any], keywords: Mapping[str, Any]
) -> int:
    """The number of steps of a call of ``start_server``.

    Raises:
        HostError: the call sets another parameter, whose meaning the engine does not know.
            ``headless`` is known: the engine needs no browser in any case.
    """
    own = inspect.signature(start_server)
    given = list(own.bind(server, *args, **keywords).arguments.items())[1:]
    for name, value in given[1:]:
        if name != "headless" and value != own.parameters[name].default:
            raise HostError(
                f"start_server was called with {name}={value!r}, which only the host's own "
                "loop knows",
                "call it with the number of steps, or run this host without ga_ooo",
            )
    steps: int = given[0][1]
    return steps
