"""Python values as plain data, with their types, aliases and orders, and back.

A value becomes nested lists of texts, numbers and bytes, which msgpack holds. Each list begins
with a tag (:mod:`.tags`). Mutable values are numbered in the order in which they are met. A value
that is met again is a reference to its number, so aliases and cycles come back.

Reading never calls anything that the data names. It makes containers, numbers, texts, dates and
arrays, and instances of the host's own plain classes by ``object.__new__``. Simulations are handed
from one researcher to another, so the data may be hostile.

From outside: :class:`Encoder`, :class:`Decoder`, :class:`DamagedStateError` and
:class:`UnknownStateError`.
"""

from ga_ooo.host.durable.values.decoder import DamagedStateError, Decoder
from ga_ooo.host.durable.values.encoder import Encoder, UnknownStateError

__all__ = ["DamagedStateError", "Decoder", "Encoder", "UnknownStateError"]
