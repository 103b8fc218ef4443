"""How good is the prose that a model wrote for the host, and how much of it does the host take?

    python -m benchmarks.answer_quality base.sqlite new.sqlite --words words.txt

Each file is the journal of a run (``SIM/ga_ooo/journal.sqlite``), or lines of JSON with the keys
``prompt``, ``text`` and ``finish``. One row per file:

- *answers*: answers with prose, and *words*: words of their prose;
- *broken*: words that are neither in the list of words nor in any prompt, per 1,000 words;
- *repeated*: words that follow themselves, per 1,000 words;
- *cut*: answers that ``max_tokens`` cut, or that end in a word which ends no sentence (``the``,
  ``and``, ``to``), per 1,000 answers;
- *failed*: answers that the host's clean-up cannot read, per 1,000 answers of all kinds;
- *asked again*: questions that the host asked again at once because it did not take the answer,
  per 1,000 answers of all kinds (journals only).

``--words`` names a list of English words, one on each line; endings such as ``-ing`` are removed
before a word is looked up. ``--show N`` prints examples of broken words with their answers, and
``--by-kind`` adds one row for each kind of prompt.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final
from unicodedata import normalize

from ga_ooo.host.prompts.kinds import Family, recognise
from ga_ooo.host.prompts.prompt import Prompt

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER: Final = re.compile(r"[\d.,:%$]+(?:am|pm|st|nd|rd|th)?")
_TOKEN: Final = re.compile(r"\S+")
_ENDS_NO_SENTENCE: Final = frozenset(
    (
        *("a", "an", "the", "his", "her", "their", "its", "my", "your", "some", "very"),
        *("and", "or", "but", "that", "which", "who", "while", "because", "if", "than"),
        *("of", "to", "in", "on", "at", "for", "with", "from", "by", "as", "into", "about"),
        *("is", "are", "was"),
    )
)
_FORM: Final = re.compile(
    r"\(duration in minutes.*?\)|\(because of.*?\)|\b\d+[.)]\s|\d\d:\d\d ~ .* -- "
)


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        prompt: the whole prompt.
        text: as the host gets it.
        cut: ``max_tokens`` has cut it.
        again: the host asked the same before at once, and did not take the answer.
    """

    prompt: str
    text: str
    cut: bool
    again: bool = False


@dataclass
class Quality:
    """Counts over one file; see the module's text."""

    all_answers: int = 0
    answers: int = 0
    words: int = 0
    broken: int = 0
    repeated: int = 0
    cut: int = 0
    failed: int = 0
    again: int = 0
    examples: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """The counts as shares, for a table."""
        words, answers = max(self.words, 1), max(self.answers, 1)
        shares = (self.broken / words, self.repeated / words, self.cut / answers)
        taken = (self.failed / max(self.all_answers, 1), self.again / max(self.all_answers, 1))
        rates = "".join(f"{1000 * share:>12.1f}" for share in (*shares, *taken))
        return f"{name:<24}{self.answers:>8,}{self.words:>9,}{rates}"


def _output(prompt: Prompt, text: str) -> str:
    """The answer without the JSON envelope where the host wants one.

    Raises:
        ValueError, KeyError: no such JSON.
    """
    if not prompt.enveloped:
        return text
    whole = text.strip()
    return str(json.loads(whole[: whole.rfind("}") + 1])["output"])


def _line(text: str) -> list[str]:
    if not text.strip():
        raise ValueError("an empty answer")
    return [text.strip()]


def _subtasks(text: str) -> list[str]:
    tasks = []
    for number, line in enumerate(text.split("\n")):
        task, rest = line.strip().split("(duration in minutes:")
        int(rest.split(",")[0])
        tasks.append(task if number == 0 else " ".join(task.split(" ")[3:]))
    return tasks


def _insights(text: str) -> list[str]:
    lines = text.strip().split("\n")
    if not all("(because of " in line for line in lines):
        raise ValueError("an insight without evidence")
    return [line.split("(because of ")[0] for line in lines]


def _items(text: str) -> list[str]:
    items = [piece[:-1].strip() for piece in text.split(")") if piece[-1].isdigit()]
    if not items:
        raise ValueError("a plan without items")
    return [re.sub(r"^\d+", "", item) for item in items]


def _said(text: str) -> list[str]:
    said = json.loads(text[text.find("{") : text.find("}") + 1])
    return [str(next(iter(said.values())))]


_READERS: Final[dict[str, Callable[[str], list[str]]]] = {
    "hourly schedule": _line,
    "daily plan": _items,
    "task decomposition": _subtasks,
    "revised schedule": lambda text: [row.split(" -- ")[1] for row in text.strip().split("\n")],
    "event triple": lambda text: [thing for _, thing in [text.split(")")[0].split(",")]],
    "object state": _line,
    "conversation summary": _line,
    "relationship": _line,
    "utterance": _said,
    "insights": _insights,
    "focal points": _line,
    "planning thought": lambda text: _line(text.split('"')[0]),
    "memo of conversation": _line,
    "ideas for chat": _line,
}
"""For each kind of prompt of the original whose answer holds prose, how the host reads that."""

PROSE_KINDS: Final = frozenset(_READERS)
"""Kinds of prompts of the original whose answers hold prose."""

_CHOICES: Final[dict[str, Callable[[str], object]]] = {
    "wake up hour": lambda text: int(text.strip().lower().split("am")[0]),
    "action sector": lambda text: text.index("}"),
    "action arena": lambda text: text.index("}"),
    "poignancy of event": int,
    "poignancy of thought": int,
    "poignancy of chat": int,
}
"""The same for kinds without prose."""


def read_answers(path: Path) -> Iterator[Answer]:
    """The generated answers of a file, in the order in which they were asked."""
    if path.suffix == ".sqlite":
        yield from _read_journal(path)
        return
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Answer(row["prompt"], row["text"], row.get("finish") == "length")


def _read_journal(path: Path) -> Iterator[Answer]:
    query = (
        "SELECT persona, step, fingerprint, request, answer, finish_reason FROM calls "
        "WHERE request IS NOT NULL ORDER BY persona, step, attempt, ordinal"
    )
    before: tuple[str, int, str] | None = None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for persona, step, fingerprint, request, text, finish in database.execute(query):
            body = json.loads(request)
            messages = body.get("messages") or []
            prompt = body.get("prompt") or "\n".join(m["content"] for m in messages)
            here = (persona, step, fingerprint)
            yield Answer(prompt, text, finish == "length", here == before)
            before = here


def known_words(words: Path | None, answers: list[Answer]) -> frozenset[str]:
    """The words of a list, one on each line, and of all prompts, in lower case."""
    known = set(words.read_text("utf-8").lower().split()) if words else set()
    for answer in answers:
        known.update(_WORD.findall(answer.prompt.lower()))
    return frozenset(known)


def measure(answers: list[Answer], known: frozenset[str], show: int) -> Quality:
    """Count over answers.

    Args:
        known: words in lower case.
        show: examples of broken words to keep.
    """
    quality = Quality()
    for answer in answers:
        quality.all_answers += 1
        quality.again += answer.again
        kind = recognise(answer.prompt)
        if kind.family is not Family.ORIGINAL:
            continue
        try:
            text = _output(Prompt(answer.prompt), answer.text)
            if kind.name in _CHOICES:
                _CHOICES[kind.name](text)
            prose = _READERS[kind.name](text) if kind.name in _READERS else []
        except (ValueError, KeyError, IndexError, TypeError):
            quality.failed += 1
            # The words that the model wrote count, although the host reads none of them.
            prose = [_FORM.sub(" ", answer.text)] if kind.name in _READERS else []
        if prose:
            quality.answers += 1
            _count(prose, answer, known, quality, show)
    return quality


def _count(
    prose: list[str], answer: Answer, known: frozenset[str], quality: Quality, show: int
) -> None:
    for text in prose:
        plain = normalize("NFKC", text).lower()
        tokens = [token.strip(".,;:!?\"'’“”()[]{}*_`-–") for token in _TOKEN.findall(plain)]
        tokens = [token for token in tokens if token]
        broken = [token for token in tokens if _is_broken(token, known)]
        quality.words += len(tokens)
        quality.broken += len(broken)
        quality.repeated += sum(a == b for a, b in pairwise(tokens))
        if broken and len(quality.examples) < show:
            quality.examples.append(f"{', '.join(broken)}: {text}")
    last = _WORD.findall(prose[-1].lower())
    quality.cut += answer.cut or (bool(last) and last[-1] in _ENDS_NO_SENTENCE)


def _is_broken(token: str, known: frozenset[str]) -> bool:
    """Whether a token is no word: letters and digits run together, or an unknown word."""
    parts = [part for part in re.split(r"[-–—/*_…]|\.\.\.", token) if part]
    return any(not _NUMBER.fullmatch(part) and not _is_word(part, known) for part in parts)


def _is_word(word: str, known: frozenset[str]) -> bool:
    bare = re.sub(r"['’](?:s|d|ll|re|ve|m|t)?$", "", word)
    return word.isdigit() or any(stem in known for stem in _stems(bare))


def _stems(word: str) -> Iterator[str]:
    """A word without the endings that a list of words may lack."""
    yield word
    yield word.removesuffix("n")  # isn't
    for ending in ("s", "es", "d", "ed", "ing", "er", "r", "est", "ly"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            yield from (stem, stem + "e")
            if stem[-1:] == stem[-2:-1]:
                yield stem[:-1]
    for ending in ("ies", "ied"):
        yield word.removesuffix(ending) + "y"


def _rows_of(
    name: str, answers: list[Answer], known: frozenset[str], show: int, by_kind: bool
) -> str:
    quality = measure(answers, known, show)
    rows = [quality.row(name), *(f"    {example}" for example in quality.examples)]
    if by_kind:
        kinds = dict.fromkeys(recognise(answer.prompt).name for answer in answers)
        for kind in kinds:
            part = [answer for answer in answers if recognise(answer.prompt).name == kind]
            rows.append(measure(part, known, 0).row(f"  {kind}"))
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--words", type=Path, help="words of the language, one on each line")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="examples for each file")
    parser.add_argument("--by-kind", action="store_true", help="one more row per kind of prompt")
    arguments = parser.parse_args()
    answers = {path: list(read_answers(path)) for path in arguments.files}
    asked = [answer for each in answers.values() for answer in each]
    known = known_words(arguments.words, asked)
    heads = ("broken", "repeated", "cut", "failed", "asked again")
    print(f"{'':<24}{'answers':>8}{'words':>9}" + "".join(f"{head:>12}" for head in heads))
    for path, each in answers.items():
        print(_rows_of(path.stem, each, known, arguments.show, arguments.by_kind))


if __name__ == "__main__":
    main()
