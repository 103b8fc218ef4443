"""Replicas of the real personas in a worker, kept current by changes of their states."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ga_ooo.cluster.states.outlines import Outline
from ga_ooo.cluster.states.senders import MEMORY, OWN, Changes, PartChange, StateChange
from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.host.durable.values import DamagedStateError, Decoder
from ga_ooo.host.durable.values.tags import Modules


class Replicas:
    """All personas: replicas of those whose states the main process has sent, and stand-ins for the
    others.

    Args:
        count: of personas.
        own: objects that the main process refers to by name.
        modules: of the host, by name.
        absent: makes what stands for a persona of which there is only an outline.

    Attributes:
        personas: in persona order; None before the first state or outline.
    """

    def __init__(
        self,
        count: int,
        own: Mapping[str, Any],
        modules: Modules,
        absent: Callable[[PersonaIndex, Outline], Any],
    ) -> None:
        self.personas: list[Any] = [None] * count
        self._own = own
        self._modules = modules
        self._absent = absent
        self._here: set[PersonaIndex] = set()
        self._nodes: list[list[Any]] = [[] for _ in range(count)]

    def has(self, persona: PersonaIndex) -> bool:
        """Whether the state of a persona is here."""
        return persona in self._here

    def apply(self, data: bytes) -> PersonaIndex:
        """Apply a change, or an outline in place of a state.

        Returns:
            the persona.

        Raises:
            DamagedStateError: the change is not what a sender makes.
        """
        change = msgspec.msgpack.decode(data, type=StateChange)
        persona = change.persona
        if change.outline is not None:
            self._here.discard(persona)
            self.personas[persona] = self._absent(persona, change.outline)
            self._nodes[persona] = []
            return persona
        decoder = Decoder(self._own, self._modules, change.classes)
        self._apply_changes(change, Changes(*decoder.decode(change.changes)))
        return persona

    def _apply_changes(self, change: StateChange, changes: Changes) -> None:
        persona = change.persona
        if change.is_full:
            self.personas[persona], self._nodes[persona] = None, []
            self._here.add(persona)
        elif persona not in self._here:
            raise DamagedStateError(f"no state of persona {persona} has arrived before")
        for part in changes.parts:
            self._apply_part(persona, PartChange(*part))
        nodes = self._nodes[persona]
        for kind, attributes in changes.nodes:
            node = object.__new__(kind)
            vars(node).update(attributes)
            nodes.append(node)
        for name, how, what in changes.memory:
            self._apply_memory(persona, name, how, what)
        for number, value in changes.accessed:
            nodes[number].last_accessed = value

    def _apply_part(self, persona: PersonaIndex, change: PartChange) -> None:
        if change.kind is not None:
            made: Any = object.__new__(change.kind)
            if change.name == OWN:
                self.personas[persona] = made
            else:
                setattr(self.personas[persona], change.name, made)
        whole = self.personas[persona]
        attributes = vars(whole if change.name == OWN else getattr(whole, change.name))
        for name in change.removed:
            del attributes[name]
        attributes.update(change.plain)
        if change.packed:
            attributes.update(marshal.loads(change.packed))
        attributes.update(change.other)

    def _apply_memory(self, persona: PersonaIndex, name: str, how: str, what: Any) -> None:
        whole = self.personas[persona]
        if how == "class":
            setattr(whole, MEMORY, object.__new__(what))
            return
        attributes = vars(getattr(whole, MEMORY))
        if how != "items":
            attributes[name] = self._value(persona, how, what, attributes.get(name))
            return
        items = attributes[name]
        for key, how_item, item in what:
            items[key] = self._value(persona, how_item, item, items.get(key))

    def _value(self, persona: PersonaIndex, how: str, what: Any, old: Any) -> Any:
        nodes = self._nodes[persona]
        if how == "set":
            return what
        if how == "node":
            return nodes[what]
        listed = [nodes[number] for number in what]
        if how == "front":
            return [*listed, *old]
        if how == "back":
            return [*old, *listed]
        return listed
