"""Prompts that the scripted model does not know: how many, and which."""

from __future__ import annotations

import json
from pathlib import Path

from ga_ooo.disk import naming_file


class UnknownPrompts:
    """Counts the prompts that the model does not know, and writes each of them to a file once.

    Args:
        path: gets one line of JSON for each different prompt, with the keys ``prompt`` and
            ``answer``; None for no file.

    Raises:
        RunStoppedError: the file cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._asked = 0
        self._unknown = 0
        self._different: set[int] = set()
        if path is not None:
            self._write("", "w")

    def known(self) -> None:
        """A prompt was recognised."""
        self._asked += 1

    def unknown(self, prompt: str, answer: str) -> None:
        """A prompt was not recognised."""
        self._asked += 1
        self._unknown += 1
        digest = hash(prompt)
        if digest in self._different:
            return
        self._different.add(digest)
        if self.path is not None:
            row = {"prompt": prompt, "answer": answer}
            self._write(json.dumps(row, ensure_ascii=False) + "\n", "a")

    def report(self) -> str | None:
        """One sentence for the user; None if all prompts were known."""
        if not self._unknown:
            return None
        counts = (
            f"the scripted model did not know {self._unknown:,} of {self._asked:,} prompts "
            f"({len(self._different):,} different ones), and imitated the form that they show"
        )
        where = f"they are in {self.path}" if self.path else "--unknown-prompts FILE shows them"
        return f"{counts}; {where}"

    def _write(self, text: str, mode: str) -> None:
        assert self.path is not None
        remedy = "free disk space or correct the permissions, or leave out --unknown-prompts"
        problem = "the unknown prompts cannot be written to {}"
        with (
            naming_file(self.path, remedy, problem),
            self.path.open(mode, encoding="utf-8", errors="surrogatepass") as file,
        ):
            file.write(text)
