"""Writes the report: the data of a run, and the page that draws them, in one file."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from ga_ooo.errors import UsageError
from ga_ooo.options import PriceOptions
from ga_ooo.record import RecordReader
from ga_ooo.report.data import report_data


def write_report(
    reader: RecordReader,
    path: Path,
    title: str,
    prices: PriceOptions,
    against: RecordReader | None = None,
) -> int:
    """Write the report of a run into a new file that only its owner can read.

    Args:
        title: of the page.
        prices: of models.
        against: a run to compare with; None for none.

    Returns:
        the size of the file in bytes.

    Raises:
        UsageError: the file exists, or a record is damaged, or the runs cannot be compared.
    """
    content = page(report_data(reader, title, prices, against)).encode()
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(content)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a new file with --output"
        ) from error
    return len(content)


def page(data: dict[str, Any]) -> str:
    """The page with its data.

    The page may run its own script and nothing else, and may load nothing from anywhere. The data
    are text inside of the page: without ``<``, no text in them can end their element.
    """
    texts = {name: _text(f"page.{name}") for name in ("html", "css", "js")}
    digest = base64.b64encode(hashlib.sha256(texts["js"].encode()).digest()).decode()
    encoded = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    parts = {"STYLE": texts["css"], "SCRIPT": texts["js"], "DIGEST": digest, "DATA": encoded}
    before, *rest = texts["html"].split("%%")
    # A part is never searched for marks: data may contain anything.
    return before + "".join(parts.get(piece, piece) for piece in rest)


def _text(name: str) -> str:
    return files("ga_ooo.report").joinpath("_page", name).read_text(encoding="utf-8")
