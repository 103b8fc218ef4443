"""Clean copies of personas, taken before each move and put back when a move has failed.

Copies are taken 200,000 times a day, so they are made for speed: memory nodes are shared (the host
never changes one after it was made, but for ``last_accessed``), an associative memory that has
not grown since the last copy is not copied again (it only ever grows: ``add_event`` and its
siblings), and plain nested containers (schedules, the spatial tree) are packed by ``marshal``,
which keeps types, order and aliases and takes a tenth of the time of a copy in Python.
"""

from __future__ import annotations

import copy
import datetime
import marshal
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

_ATOMS = (str, int, float, bool, type(None), tuple, frozenset)
_ATOM_TYPES = frozenset((*_ATOMS, datetime.datetime))

_last_accessed = attrgetter("last_accessed")

_Plain: TypeAlias = tuple[dict[str, Any], bytes | dict[str, Any]]
"""Attributes of one object, and its containers among them packed or deep-copied."""


def _copy_plain(attributes: dict[str, Any]) -> _Plain:
    containers = {
        name: value
        for name, value in attributes.items()
        # Asked first: it settles all but a few of some fifty attributes, in half the time.
        if type(value) not in _ATOM_TYPES and isinstance(value, (list, dict, set))
    }
    try:
        return attributes.copy(), marshal.dumps(containers)
    except ValueError:
        # A fork keeps objects in there that marshal does not know.
        return attributes.copy(), copy.deepcopy(containers)


def _unpack_plain(plain: _Plain) -> dict[str, Any]:
    attributes, packed = plain
    containers = marshal.loads(packed) if isinstance(packed, bytes) else copy.deepcopy(packed)
    return {**attributes, **containers}


def _copy_memory(attributes: dict[str, Any]) -> dict[str, Any]:
    """Copy an associative memory: its containers and theirs, but not nodes nor vectors."""
    copied: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, dict):
            copied[name] = _copy_lists(value) if _holds_lists_of_nodes(value) else value.copy()
        else:
            copied[name] = list(value) if isinstance(value, list) else value
    return copied


def _copy_lists(lists: dict[str, Any]) -> dict[str, Any]:
    if set(map(type, lists.values())) <= {list}:
        return dict(zip(lists, map(list, lists.values()), strict=True))
    return {key: list(item) if isinstance(item, list) else item for key, item in lists.items()}


def _holds_lists_of_nodes(items: dict[str, Any]) -> bool:
    """Whether a dict of the memory maps to lists that grow (``kw_to_event``), told by the first
    that is not empty. Embeddings are lists as well, of numbers, and never edited in place; there
    are thousands of them, so they are not looked at one by one."""
    for item in items.values():
        if not isinstance(item, list):
            return False
        if item:
            return not isinstance(item[0], _ATOMS)
    return True


def _size(attributes: dict[str, Any]) -> tuple[int, ...]:
    try:
        return tuple(map(len, attributes.values()))
    except TypeError:
        # A fork keeps something else there than containers and texts.
        return tuple(len(v) for v in attributes.values() if isinstance(v, (list, dict, set)))


class PersonaCopy(NamedTuple):
    """A persona's state at one moment. Never changed; putting it back copies it again.

    Attributes:
        memory: attributes of the associative memory (``a_mem``).
        parts: the other parts of the persona (``scratch``, ``s_mem`` and whatever a fork keeps).
        own: the persona's own attributes that are no such parts.
        memory_size: sizes of the containers of the associative memory when it was copied.
        nodes: memory nodes, where something may change when they were accessed; else empty.
        accessed: their ``last_accessed``.
    """

    memory: dict[str, Any]
    parts: dict[str, _Plain]
    own: _Plain
    memory_size: tuple[int, ...]
    nodes: Sequence[Any] = ()
    accessed: Sequence[Any] = ()


def take_copy(persona: Any, last: PersonaCopy | None = None) -> PersonaCopy:
    """Copy a persona.

    Args:
        persona: the host's ``Persona``.
        last: an earlier copy of the same persona; what has not grown since is shared with it.
    """
    memory = vars(persona.a_mem)
    size = _size(memory)
    same = last is not None and last.memory_size == size
    parts: dict[str, _Plain] = {}
    own: dict[str, Any] = {}
    for name, value in vars(persona).items():
        if not hasattr(value, "__dict__"):
            own[name] = value
        elif name != "a_mem":
            parts[name] = _copy_plain(vars(value))
    copied = last.memory if last is not None and same else _copy_memory(memory)
    return PersonaCopy(copied, parts, _copy_plain(own), size)


def with_accessed(clean: PersonaCopy, persona: Any) -> PersonaCopy:
    """The same copy with the access times of all memory nodes as they are now.

    Only retrieval writes them (``new_retrieve``); so right before a move's first write they are
    still those of the clean copy, and a move that retrieves nothing need not read them at all.
    """
    nodes = tuple(persona.a_mem.id_to_node.values())
    return clean._replace(nodes=nodes, accessed=tuple(map(_last_accessed, nodes)))


def accessed_since(clean: PersonaCopy) -> Iterable[tuple[Any, Any]]:
    """Memory nodes that were retrieved since the copy, with their access times as copied."""
    kept = zip(clean.nodes, clean.accessed, strict=True)
    return [(node, then) for node, then in kept if node.last_accessed != then]


def make_replica(persona: Any, clean: PersonaCopy) -> Any:
    """A second persona that starts as the copy and shares nothing that can change with the first,
    but for its memory nodes."""
    twin = _blank_like(persona)
    vars(twin).update(_unpack_plain(clean.own))
    for name, plain in clean.parts.items():
        part = _blank_like(getattr(persona, name))
        vars(part).update(_unpack_plain(plain))
        setattr(twin, name, part)
    twin.a_mem = _blank_like(persona.a_mem)
    vars(twin.a_mem).update(_copy_memory(clean.memory))
    return twin


def _blank_like(thing: Any) -> Any:
    return object.__new__(type(thing))


def put_back(persona: Any, clean: PersonaCopy) -> None:
    """Make the persona what it was. Its parts keep their identity, the host holds on to them."""
    for name in [n for n, value in vars(persona).items() if not hasattr(value, "__dict__")]:
        delattr(persona, name)
    vars(persona).update(_unpack_plain(clean.own))
    for name, plain in clean.parts.items():
        _replace_all(getattr(persona, name), _unpack_plain(plain))
    _replace_all(persona.a_mem, _copy_memory(clean.memory))
    for node, accessed in zip(clean.nodes, clean.accessed, strict=True):
        node.last_accessed = accessed


def _replace_all(part: Any, attributes: dict[str, Any]) -> None:
    vars(part).clear()
    vars(part).update(attributes)
