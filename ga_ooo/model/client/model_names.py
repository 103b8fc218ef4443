"""Maps the model names of the host to the model names of a server.

Hosts name models of 2022 (``gpt-3.5-turbo``, ``text-davinci-003``, ``text-embedding-ada-002``);
servers have other models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ga_ooo.model.requests import CallKind

ANY_NAME = "*"


@dataclass(frozen=True)
class ModelNames:
    """One table from host names to served names for each kind of call.

    The key ``*`` stands for all names that are not listed. A name without an entry is sent as the
    host gives it.

    Attributes:
        chat: table for chat.
        completion: table for completions (also if completions are sent as chat).
        embedding: table for embeddings.
    """

    chat: Mapping[str, str] = field(default_factory=dict)
    completion: Mapping[str, str] = field(default_factory=dict)
    embedding: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def single(cls, generative: str | None = None, embedding: str | None = None) -> ModelNames:
        """One model for all chat and completions, one for all embeddings; None: the host's name."""
        generation = {ANY_NAME: generative} if generative else {}
        return cls(generation, generation, {ANY_NAME: embedding} if embedding else {})

    def table(self, kind: CallKind) -> Mapping[str, str]:
        """The table for one kind of call."""
        tables = {
            CallKind.CHAT: self.chat,
            CallKind.COMPLETION: self.completion,
            CallKind.EMBEDDING: self.embedding,
        }
        return tables[kind]

    def served(self, kind: CallKind, host_name: str) -> str:
        """The served name for a host name."""
        table = self.table(kind)
        return table.get(host_name) or table.get(ANY_NAME) or host_name

    def targets(self, kind: CallKind) -> tuple[str, ...]:
        """All served names for calls of this kind, in order, without repeats."""
        return tuple(dict.fromkeys(self.table(kind).values()))


def same_model(name: str, listed: Sequence[str]) -> str | None:
    """The only listed name that is another spelling of a model's name; None if there is none.

    Ollama adds ``:latest``, gateways add the name of the service (``openai/``), and services
    differ in upper and lower case.
    """
    plain = _plain(name)
    same = [other for other in listed if _plain(other) == plain]
    if not same:
        same = [other for other in listed if _plain(other).rpartition("/")[2] == plain]
    return same[0] if len(same) == 1 and same[0] != name else None


def _plain(name: str) -> str:
    return name.casefold().removesuffix(":latest")
