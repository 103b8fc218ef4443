"""Transcripts: who said what to whom, where and when."""

from __future__ import annotations

import csv
import datetime
import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.host.json_files import read_json
from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.conversations import ConversationTracker, Lines
from ga_ooo.record.rows import Conversation, Utterance
from ga_ooo.texts import shown
from ga_ooo.views.texts import moment

_TIME: Final = re.compile(r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2}:\d\d(?::\d\d)?)")
_HOST_TIME: Final = "%B %d, %Y, %H:%M:%S"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell for a formula if it begins with one of these."""


@dataclass(frozen=True)
class Talk:
    """One conversation.

    Attributes:
        time: game time of its first step.
        step: its first step.
        last_step: None while it goes on.
        persona, partner: the two; the partner is empty if nobody else in the town speaks.
        tile: column and row of the tile of ``persona``.
        address: where that is, in the host's words; may be empty.
        lines: speaker and words of each line.
    """

    time: datetime.datetime
    step: int
    last_step: int | None
    persona: str
    partner: str
    tile: tuple[int, int]
    address: str
    lines: Lines

    @property
    def location(self) -> str:
        """The address for readers: empty where the host has a person or a tile as the address."""
        return "" if self.address.startswith("<") else self.address


def talks(simulation: Path) -> Iterator[Talk]:
    """All conversations of a simulation by time: from its record, if that is complete; otherwise
    from its movement files.

    Raises:
        UsageError: a file cannot be read.
    """
    path = record_file(simulation)
    if path.is_file():
        with RecordReader(path) as reader:
            if reader.has_all_steps():
                yield from _recorded(reader)
                return
    yield from _from_movements(simulation)


def _recorded(reader: RecordReader) -> Iterator[Talk]:
    for row in reader.conversations():
        lines = [(line.speaker, line.words) for line in reader.utterances(row.conversation)]
        names = [reader.name(row.persona)]
        names.append("" if row.partner is None else reader.name(row.partner))
        yield _talk(row, names, lines, reader.game_time(row.first_step))


def _from_movements(simulation: Path) -> Iterator[Talk]:
    steps = sorted(
        int(path.stem)
        for path in (simulation / "movement").glob("*.json")
        if path.stem.isascii() and path.stem.isdecimal()
    )
    names: list[str] = []
    tracker = ConversationTracker(())
    times: dict[int, datetime.datetime] = {}
    rows: dict[int, Conversation] = {}
    lines: dict[int, list[tuple[str, str]]] = {}
    for step in steps:
        path = simulation / "movement" / f"{step}.json"
        moved, time = _parts(path, read_json(path))
        if not names:
            names = list(moved)
            tracker = ConversationTracker(names)
        for row in tracker.step(step, moved):
            match row:
                case Conversation():
                    rows[row.conversation] = row
                    times.setdefault(row.conversation, time)
                case Utterance():
                    lines.setdefault(row.conversation, []).append((row.speaker, row.words))
    for number, row in rows.items():
        both = [names[row.persona], "" if row.partner is None else names[row.partner]]
        yield _talk(row, both, lines.get(number, []), times[number])


def _parts(path: Path, content: Any) -> tuple[dict[str, Any], datetime.datetime]:
    """The people of a movement file, and its game time."""
    try:
        moved, time = content["persona"], content["meta"]["curr_time"]
        return dict(moved), datetime.datetime.strptime(time, _HOST_TIME)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path} is no movement file of the host: {error}", "restore it from a copy"
        ) from error


def _talk(
    row: Conversation,
    names: Sequence[str],
    lines: Sequence[tuple[str, str]],
    time: datetime.datetime,
) -> Talk:
    return Talk(
        *(time, row.first_step, row.last_step, names[0], names[1], (row.x, row.y)),
        *(row.address, tuple(lines)),
    )


@dataclass(frozen=True)
class Selection:
    """Which conversations are wanted.

    Attributes:
        persona: of this persona; empty for all.
        begin, end: game times ``12:00`` (of the first day) or ``2023-02-13 12:00``, the end not
            included; empty for no limit.
    """

    persona: str = ""
    begin: str = ""
    end: str = ""

    def of(self, found: Sequence[Talk]) -> list[Talk]:
        """The conversations that are wanted.

        Raises:
            UsageError: a time cannot be read, or the persona has no conversation.
        """
        if not found:
            return []
        first_day = found[0].time.date()
        begin, end = (parse_time(text, first_day) for text in (self.begin, self.end))
        people = sorted({name for talk in found for name in (talk.persona, talk.partner) if name})
        if self.persona and self.persona not in people:
            raise UsageError(
                f"{self.persona!r} is in no conversation",
                f"name one of: {', '.join(map(shown, people))}",
            )
        return [
            talk
            for talk in found
            if self.persona in ("", talk.persona, talk.partner)
            and (begin is None or talk.time >= begin)
            and (end is None or talk.time < end)
        ]


def parse_time(text: str, day: datetime.date) -> datetime.datetime | None:
    """A game time that a user gives; None for an empty text.

    Args:
        day: of a time without a date.

    Raises:
        UsageError: it is no time.
    """
    if not text:
        return None
    found = _TIME.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        date, time = found.groups()
        given = day if date is None else datetime.date.fromisoformat(date)
        return datetime.datetime.combine(given, datetime.time.fromisoformat(time.zfill(5)))
    except ValueError:
        raise UsageError(
            f"{text!r} is no game time", "give 12:00, or a date too: '2023-02-13 12:00'"
        ) from None


def as_text(found: Sequence[Talk]) -> str:
    """For a terminal."""
    return "\n".join(line for talk in found for line in _text_lines(talk))


def _text_lines(talk: Talk) -> Iterator[str]:
    people = " and ".join(shown(name) for name in (talk.persona, talk.partner) if name)
    where = f", at {shown(talk.location)}" if talk.location else ""
    yield f"{moment(talk.time)} (step {talk.step})  {people}{where}"
    for speaker, words in talk.lines:
        yield f"    {shown(speaker)}: {shown(words)}"
    yield ""


def as_csv(found: Sequence[Talk]) -> str:
    """A table with a row for each line. Cells that a spreadsheet would take for formulas begin with
    an apostrophe."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(("game_time", "step", "x", "y", "address", "speaker", "listener", "words"))
    for talk in found:
        for speaker, words in talk.lines:
            other = talk.partner if speaker == talk.persona else talk.persona
            texts = map(_cell, (talk.address, speaker, other, words))
            table.writerow((talk.time.isoformat(" "), talk.step, *talk.tile, *texts))
    return file.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
section {{ border-top: 1px solid #8888; padding: .8rem 0; }}
h2 {{ font-size: 1rem; margin: 0; }} .at {{ opacity: .7; margin: 0 0 .4rem; }}
dl {{ margin: 0; }} dt {{ font-weight: 600; }}
dd {{ margin: 0 0 .4rem 1rem; white-space: pre-wrap; }}
</style></head><body>
<h1>{title}</h1>
{sections}
</body></html>
"""


def as_html(found: Sequence[Talk], title: str) -> str:
    """A page that needs nothing from elsewhere, and runs no script."""
    sections = "\n".join(_section(talk) for talk in found) or "<p>No conversations.</p>"
    return _PAGE.format(title=_safe(title), sections=sections)


def _section(talk: Talk) -> str:
    people = " and ".join(_safe(name) for name in (talk.persona, talk.partner) if name)
    where = f"{_safe(moment(talk.time))}, step {talk.step}"
    if talk.location:
        where += f", {_safe(talk.location)}"
    lines = "".join(
        f"<dt>{_safe(speaker)}</dt><dd>{_safe(words)}</dd>" for speaker, words in talk.lines
    )
    return f'<section><h2>{people}</h2><p class="at">{where}</p><dl>{lines}</dl></section>'


def _safe(text: str) -> str:
    """Markup and control characters as text; line ends stay."""
    return "\n".join(html.escape(shown(line)) for line in text.splitlines())
