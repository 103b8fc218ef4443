"""Clean copies of personas, taken before each move and put back when a move has failed.

Copies are taken 200,000 times a day, so they are made for speed:

- Memory nodes are shared. The host changes only ``last_accessed`` of a node after its creation.
- An associative memory that has not grown since the last copy is not copied again. It never
  shrinks (``add_event``, ``add_thought``, ``add_chat``).
- Plain nested containers (schedules, the spatial tree) are packed by ``marshal``, which keeps
  types, order and aliases, and takes a tenth of the time of a copy in Python.
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
"""All attributes of one object, and those that are containers: packed, or as a deep copy."""


def _copy_plain(attributes: dict[str, Any]) -> _Plain:
    containers = {
        name: value
        for name, value in attributes.items()
        # Tested first: it decides nearly all of some fifty attributes, in half the time.
        if type(value) not in _ATOM_TYPES and isinstance(value, (list, dict, set))
    }
    try:
        return attributes.copy(), marshal.dumps(containers)
    except ValueError:
        # A fork keeps objects in its containers that marshal does not know.
        return attributes.copy(), copy.deepcopy(containers)


def _unpack_plain(plain: _Plain) -> dict[str, Any]:
    attributes, packed = plain
    containers = marshal.loads(packed) if isinstance(packed, bytes) else copy.deepcopy(packed)
    return {**attributes, **containers}


def _copy_memory(attributes: dict[str, Any]) -> dict[str, Any]:
    """Copy an associative memory: its containers two levels deep, but no nodes and no vectors."""
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
    """Whether a dict of the memory maps to lists that grow, such as ``kw_to_event``.

    The first list that is not empty decides. Embeddings are lists too, but of numbers, and the
    host never changes one; there are thousands of them, so they are not inspected one by one.
    """
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
        # A fork keeps other attributes there than containers and texts.
        return tuple(len(v) for v in attributes.values() if isinstance(v, (list, dict, set)))


class PersonaCopy(NamedTuple):
    """The state of a persona at one moment. It is never changed: :func:`put_back` copies it again.

    Attributes:
        memory: attributes of the associative memory (``a_mem``).
        parts: the other objects of the persona (``scratch``, ``s_mem``, and those of a fork).
        own: the persona's own attributes that are no such objects.
        memory_size: sizes of the containers of the associative memory at the time of the copy.
        nodes: all memory nodes, if their access times are part of the copy; else empty.
        accessed: ``last_accessed`` of each of them.
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
        last: an earlier copy of the same persona. Its memory is shared if it has not grown since.
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
    """The same copy, with the present access times of all memory nodes.

    Only retrieval (``new_retrieve``) writes them. So right before the first write of a move they
    are still those of the clean copy, and for a move without retrieval they are never read.
    """
    nodes = tuple(persona.a_mem.id_to_node.values())
    return clean._replace(nodes=nodes, accessed=tuple(map(_last_accessed, nodes)))


def accessed_since(clean: PersonaCopy) -> Iterable[tuple[Any, Any]]:
    """Memory nodes that were retrieved since the copy, each with its access time in the copy."""
    kept = zip(clean.nodes, clean.accessed, strict=True)
    return [(node, then) for node, then in kept if node.last_accessed != then]


def make_replica(persona: Any, clean: PersonaCopy) -> Any:
    """A second persona in the state of the copy.

    It shares with ``persona`` only the memory nodes and the embeddings.
    """
    replica = _blank_like(persona)
    vars(replica).update(_unpack_plain(clean.own))
    for name in clean.parts:
        setattr(replica, name, make_part(persona, clean, name))
    replica.a_mem = _blank_like(persona.a_mem)
    vars(replica.a_mem).update(_copy_memory(clean.memory))
    return replica


def make_part(persona: Any, clean: PersonaCopy, name: str) -> Any:
    """One part of :func:`make_replica`, such as its ``scratch``, on its own."""
    part = _blank_like(getattr(persona, name))
    vars(part).update(_unpack_plain(clean.parts[name]))
    return part


def _blank_like(thing: Any) -> Any:
    return object.__new__(type(thing))


def put_back(persona: Any, clean: PersonaCopy) -> None:
    """Give a persona the state of the copy.

    Its parts keep their identity, because the host refers to them.
    """
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
