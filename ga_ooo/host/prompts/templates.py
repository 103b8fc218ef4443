"""Recognising a prompt by the host's own template, in any language.

Forks translate the templates, but keep the names of the files. A template has fixed texts with
``!<INPUT 0>!`` and so on between them. A prompt with these texts in this order was made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.host.prompts.kinds import UNKNOWN, Family, recognise

_INPUT: Final = re.compile(r"!<INPUT \d+>!")
_MARK: Final = "<commentblockmarker>###</commentblockmarker>"
"""Where a template ends its comments and begins."""
_VERSION: Final = re.compile(r"(?:_(?:v\w*|pt\d+|zh|ja|ko|es|en))+$")
_FEWEST: Final = 24
"""Bytes of fixed text below which a template would match prompts of other templates."""

_KINDS: Final = {
    "wake_up_hour": "wake up hour",
    "bed_hour": "bed hour",
    "daily_planning": "daily plan",
    "generate_hourly_schedule": "hourly schedule",
    "task_decomp": "task decomposition",
    "new_decomp_schedule": "revised schedule",
    "action_location_sector": "action sector",
    "action_location_object": "action arena",
    "action_location": "action room",
    "action_object": "action object",
    "generate_pronunciatio": "pronunciatio",
    "generate_event_triple": "event triple",
    "generate_obj_event": "object state",
    "poignancy_event": "poignancy of event",
    "poignancy_thought": "poignancy of thought",
    "poignancy_chat": "poignancy of chat",
    "decide_to_talk": "decide to talk",
    "decide_to_react": "decide to react",
    "iterative_convo": "utterance",
    "summarize_conversation": "conversation summary",
    "generate_next_convo_line": "next line",
    "summarize_chat_relationship": "relationship",
    "generate_focal_pt": "focal points",
    "insight_and_evidence": "insights",
    "planning_thought_on_convo": "planning thought",
    "memo_on_convo": "memo of conversation",
    "summarize_chat_ideas": "ideas for chat",
    "summarize_ideas": "ideas for interview",
    "whisper_inner_thought": "whisper",
}
"""Names of templates, without version and language, and their kinds."""


@dataclass(frozen=True)
class Template:
    """A template of the host.

    Attributes:
        kind: the kind of its prompts.
        fixed: its fixed texts, in order.
        original: whether it has the wording of the original, so that
            :func:`~ga_ooo.host.prompts.kinds.recognise` knows it.
    """

    kind: str
    fixed: tuple[str, ...]
    original: bool = False

    @property
    def length(self) -> int:
        """Bytes of fixed text (UTF-8)."""
        return sum(len(part.encode()) for part in self.fixed)

    def made(self, text: str) -> bool:
        """Whether a prompt was made of this template."""
        position = 0
        for part in self.fixed:
            position = text.find(part, position)
            if position < 0:
                return False
            position += len(part)
        return True


class Templates:
    """The templates of a host.

    Args:
        templates: in any order.
    """

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self._templates = sorted(templates, key=lambda template: -template.length)

    def find(self, text: str) -> Template | None:
        """The template with the longest fixed text that a prompt was made of."""
        return next((template for template in self._templates if template.made(text)), None)


def read_templates(backend: Path) -> Templates:
    """The templates below a folder of a host.

    Templates are left out if they cannot be read, if two kinds share their text, or if the name of
    the file and the wording disagree. So are those of minitown, whose prompts name their kind.
    """
    found: dict[tuple[str, ...], Template] = {}
    ambiguous = set()
    for path in sorted(backend.rglob("*.txt")):
        named = _KINDS.get(_VERSION.sub("", path.stem))
        if named is None:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        body = text.rpartition(_MARK)[2].strip()
        known = recognise(body)
        fixed = tuple(part.strip() for part in _INPUT.split(body) if part.strip())
        template = Template(named, fixed, original=known is not UNKNOWN)
        if known.family is Family.MINITOWN or template.length < _FEWEST:
            continue
        if (template.original and known.name != named) or found.get(fixed, template) != template:
            ambiguous.add(fixed)
        found[fixed] = template
    return Templates(template for fixed, template in found.items() if fixed not in ambiguous)
