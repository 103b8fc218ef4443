"""Tables of a configuration file, checked against declarations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import Declaration, nearest

_SECRETS: Final = frozenset(
    ("key", "api_key", "apikey", "token", "secret", "password", "authorization", "bearer")
)


def read_keys(
    values: Mapping[str, Any],
    table: str,
    keys: Mapping[str, Declaration],
    also: Collection[str] = (),
) -> dict[str, Any]:
    """The values of one table, by key.

    Args:
        also: names in the table that are read elsewhere.

    Raises:
        UsageError: a key is not known, holds another kind of value, or is a key for an API.
    """
    check_names(table, values, (*keys, *also))
    return {
        name: keys[name].read(value, f"{table}.{name}")
        for name, value in values.items()
        if name in keys
    }


def check_names(table: str, names: Iterable[str], known: Collection[str]) -> None:
    """Check that a table has only keys that are known.

    Raises:
        UsageError: it has others.
    """
    for name in names:
        if name in known:
            continue
        where = f"{table}.{name}" if table else name
        if name.lower().replace("-", "_") in _SECRETS:
            raise UsageError(
                f"{where}: keys do not belong in this file",
                "put the key into an environment variable and give its name as key_env",
            )
        raise UsageError(f"there is no {where}", nearest(name, known))
