"""States of personas for workers: first the whole state, then what has changed since.

A worker that does not need the whole state gets an outline: what others can assume of the persona.

A state is a clean copy (:class:`~ga_ooo.host.world.snapshot.PersonaCopy`). Most of it never
changes: memory nodes and vectors are sent once, and lists of nodes as what was added to them.
Values are encoded as in checkpoints (:mod:`ga_ooo.host.durable.values`). Only plain containers,
such as schedules, are packed by ``marshal``, as in the clean copy. They go to workers and never
come from them.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from ga_ooo.cluster.states.outlines import Outline
from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.host.durable.values import Encoder
from ga_ooo.host.durable.values.tags import Modules
from ga_ooo.host.world.snapshot import PersonaCopy

OWN = ""
"""The part that stands for the persona itself."""
MEMORY = "a_mem"
MISSING = object()


class StateChange(msgspec.Struct, array_like=True, frozen=True):
    """How the state of one persona has changed.

    Attributes:
        is_full: there is no state before it.
        classes: the host's classes that ``changes`` refers to.
        changes: a :class:`Changes`, encoded.
        outline: takes the place of the state, of which nothing else is sent; else None.
    """

    persona: int
    is_full: bool
    classes: list[str]
    changes: Any
    outline: Outline | None = None


class Changes(NamedTuple):
    """What has changed.

    Attributes:
        parts: of the persona besides its memory.
        memory: of attributes of the associative memory: name, kind of change, and the change (see
            :class:`MemoryChange`).
        nodes: new memory nodes, with their classes and attributes, numbered in this order from the
            number of nodes before.
        accessed: access times of nodes, by number.
    """

    parts: list[tuple[Any, ...]]
    memory: list[tuple[Any, ...]]
    nodes: list[tuple[Any, ...]]
    accessed: list[tuple[int, Any]]


class PartChange(NamedTuple):
    """What has changed in one part of a persona, such as its ``scratch``.

    Attributes:
        name: of the attribute that holds the part.
        kind: the class of the part; None if the part exists already.
        plain: changed attributes that are no containers.
        packed: changed containers, by ``marshal``; empty if there are none.
        other: containers that ``marshal`` does not know.
        removed: attributes that do not exist any more.
    """

    name: str
    kind: type | None
    plain: dict[str, Any]
    packed: bytes
    other: dict[str, Any]
    removed: list[str]


class _Sent(NamedTuple):
    """The last state that was sent."""

    copy: PersonaCopy
    containers: dict[str, dict[str, Any]]


class StateSender:
    """Makes the changes of all personas' states.

    Args:
        personas: the host's, in their order.
        own: objects that every worker has, by name; see
            :class:`~ga_ooo.host.durable.values.Encoder`.
        modules: of the host, by name.
    """

    def __init__(self, personas: list[Any], own: Mapping[str, Any], modules: Modules) -> None:
        self._personas = personas
        self._own = own
        self._modules = modules
        self._sent: list[_Sent | None] = [None] * len(personas)
        self._nodes: list[list[Any]] = [[] for _ in personas]
        self._numbers: dict[int, tuple[PersonaIndex, int]] = {}

    def last(self, persona: PersonaIndex) -> PersonaCopy | None:
        """The last state that was sent."""
        sent = self._sent[persona]
        return None if sent is None else sent.copy

    def owner(self, node: Any) -> PersonaIndex | None:
        """The persona that remembers a node; None if the node was never sent."""
        found = self._numbers.get(id(node))
        return None if found is None else found[0]

    def change(self, persona: PersonaIndex, copy: PersonaCopy, accessed: Iterable[Any]) -> bytes:
        """The state of a persona as a change of the last one.

        Args:
            copy: a clean copy of the present state.
            accessed: nodes of the persona whose access times may have changed.

        Raises:
            UnknownStateError: the persona holds something that no worker can be sent.
        """
        sent = self._sent[persona]
        parts, containers = self._parts(persona, copy, sent)
        same = sent is not None and sent.copy.memory_size == copy.memory_size
        memory, nodes = ([], []) if same else self._memory(persona, copy.memory, sent)
        times = [(self._numbers[id(node)][1], node.last_accessed) for node in accessed]
        kept = copy._replace(memory=sent.copy.memory) if same and sent is not None else copy
        message = self._message(persona, Changes(parts, memory, nodes, times), sent is None)
        self._sent[persona] = _Sent(kept._replace(nodes=(), accessed=()), containers)
        return message

    def whole(self, persona: PersonaIndex) -> bytes:
        """The state that was sent last, for a worker that has none. Later changes fit it."""
        sent = self._sent[persona]
        assert sent is not None, "sent to other workers before"
        parts, _ = self._parts(persona, sent.copy, None)
        memory, nodes = self._memory(persona, sent.copy.memory, None)
        return self._message(persona, Changes(parts, memory, nodes, []), True)

    def _message(self, persona: PersonaIndex, changes: Changes, is_full: bool) -> bytes:
        encoder = Encoder(self._own, self._modules, any_text=True)
        encoded = encoder.encode(tuple(changes))
        return msgspec.msgpack.encode(StateChange(persona, is_full, encoder.classes, encoded))

    def forget(self, persona: PersonaIndex) -> None:
        """No worker has the state of the persona any more: begin again with the whole state."""
        self._sent[persona] = None
        for node in self._nodes[persona]:
            if self.owner(node) == persona:
                del self._numbers[id(node)]
        self._nodes[persona] = []

    # --- parts ------------------------------------------------------------------------------------

    def _parts(
        self, persona: PersonaIndex, copy: PersonaCopy, sent: _Sent | None
    ) -> tuple[list[tuple[Any, ...]], dict[str, dict[str, Any]]]:
        changes: list[tuple[Any, ...]] = []
        all_containers: dict[str, dict[str, Any]] = {}
        host_persona = self._personas[persona]
        for name, (attributes, packed) in {OWN: copy.own, **copy.parts}.items():
            before = None
            if sent is not None:
                before = sent.copy.own if name == OWN else sent.copy.parts.get(name)
            known = {} if before is None or sent is None else sent.containers[name]
            if before is not None and isinstance(packed, bytes) and packed == before[1]:
                containers, changed = known, {}
            else:
                containers = marshal.loads(packed) if isinstance(packed, bytes) else packed
                changed = _changed_containers(containers, known)
            all_containers[name] = containers
            old = {} if before is None else before[0]
            plain = {
                attribute: value
                for attribute, value in attributes.items()
                if attribute not in containers and _differs(value, old.get(attribute, MISSING))
            }
            removed = [attribute for attribute in old if attribute not in attributes]
            if before is None or plain or changed or removed:
                is_packed = isinstance(packed, bytes)
                kind = None
                if before is None:
                    kind = type(host_persona if name == OWN else getattr(host_persona, name))
                changes.append(
                    # An encoder takes tuples for tuples, and no class of ours.
                    tuple(
                        PartChange(
                            name,
                            kind,
                            plain,
                            marshal.dumps(changed) if changed and is_packed else b"",
                            {} if is_packed else changed,
                            removed,
                        )
                    )
                )
        return changes, all_containers

    # --- memory -----------------------------------------------------------------------------------

    def _memory(
        self, persona: PersonaIndex, memory: dict[str, Any], sent: _Sent | None
    ) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        known = self._nodes[persona]
        first = 0 if sent is None else len(known)
        old = {} if sent is None else sent.copy.memory
        changes: list[tuple[Any, ...]] = [
            change
            for name, value in memory.items()
            for change in self._attribute(persona, name, value, old.get(name, MISSING))
        ]
        if sent is None:
            changes.insert(0, ("", "class", type(getattr(self._personas[persona], MEMORY))))
        nodes: list[tuple[Any, ...]] = [(type(node), vars(node).copy()) for node in known[first:]]
        return changes, nodes

    def _attribute(
        self, persona: PersonaIndex, name: str, value: Any, old: Any
    ) -> Iterable[tuple[Any, ...]]:
        if isinstance(value, dict):
            before = old if isinstance(old, dict) else {}
            if old is MISSING:
                yield name, "set", type(value)()
            items = [(k, v) for k, v in value.items() if _is_new(v, before.get(k, MISSING))]
            if items:
                changes = [(k, *self._value(persona, v, before.get(k))) for k, v in items]
                yield name, "items", changes
        elif _differs(value, old):
            yield name, *self._value(persona, value, old)

    def _value(self, persona: PersonaIndex, value: Any, old: Any) -> tuple[str, Any]:
        """How a value has changed: kind and change."""
        if _is_node(value):
            return "node", self._number(persona, value)
        if not isinstance(value, list) or not value or not _is_node(value[0]):
            return "set", value
        front, back = value, []
        if isinstance(old, list) and old:
            more = len(value) - len(old)
            if more >= 0 and value[more:] == old:
                front = value[:more]
                return "front", [self._number(persona, node) for node in front]
            if more >= 0 and value[: len(old)] == old:
                back = value[len(old) :]
                return "back", [self._number(persona, node) for node in back]
        return "nodes", [self._number(persona, node) for node in value]

    def _number(self, persona: PersonaIndex, node: Any) -> int:
        found = self._numbers.get(id(node))
        if found is not None and found[0] == persona:
            return found[1]
        number = len(self._nodes[persona])
        # Kept alive, so that no other node gets its identity.
        self._nodes[persona].append(node)
        self._numbers[id(node)] = (persona, number)
        return number


def _is_node(value: Any) -> bool:
    return hasattr(value, "__dict__") and not isinstance(value, type)


def _differs(value: Any, old: Any) -> bool:
    return value is not old and (type(value) is not type(old) or bool(value != old))


def _is_new(value: Any, old: Any) -> bool:
    """Whether an item of a memory has changed. Vectors are compared by identity: nobody changes
    one."""
    if value is old:
        return False
    if isinstance(value, list) and isinstance(old, list) and len(value) == len(old) and value:
        return _is_node(value[0]) and value != old
    return _differs(value, old)


def _changed_containers(containers: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """The containers that differ. Nested ones are sent together, as they may share their parts."""
    changed = {n for n, value in containers.items() if _differs(value, known.get(n, MISSING))}
    if any(not _is_flat(containers[name]) for name in changed):
        changed |= {name for name, value in containers.items() if not _is_flat(value)}
    return {name: value for name, value in containers.items() if name in changed}


def _is_flat(container: Any) -> bool:
    values = container.values() if isinstance(container, dict) else container
    return not any(isinstance(value, (list, dict, set)) for value in values)
