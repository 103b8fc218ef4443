"""The map as the host's frontend draws it: its Tiled file, its tile pictures, its sprites."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.host.copied_map import CopiedMap, read_copied_map
from ga_ooo.host.json_files import read_json

_BLOCKS: Final = ("Blocks", "Collisions", "Registry")
"""Names of layers that are no picture: the host's editor shows them, the frontend hides them."""

_ABOVE: Final = "Foreground"
_AREAS: Final = ("Sector Blocks", "Arena Blocks", "Collisions")
_MATRIX: Final = dict(zip(_AREAS, ("sector", "arena", "collision"), strict=True))
_PICTURES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
_MOST_BYTES: Final = 64_000_000
_GID: Final = 0x1FFFFFFF
"""The other bits of a tile's number in Tiled say that it is mirrored."""


@dataclass(frozen=True)
class TownMap:
    """What is drawn.

    Attributes:
        content: for JSON: ``width``, ``height`` in tiles, ``tile`` in pixels, ``sets`` (``first``,
            ``columns``, ``picture``: number of a picture or null), ``layers`` (``above`` the
            people or below, ``data``), ``areas`` (names and tiles of layers that say where sectors,
            arenas and walls are), ``sprites`` (for each persona the number of a picture or null).
            Layers and areas are those of one town: of ``town``, its width and height in tiles, at
            each of ``corners``, the upper left tiles of all towns.
        pictures: the files that the page may ask for, by number.
    """

    content: dict[str, Any]
    pictures: tuple[Path, ...] = field(default=())


def read_town_map(
    assets: Path, map_name: str, size: tuple[int, int], names: tuple[str, ...]
) -> TownMap:
    """The map of a town.

    Where the checkout has no Tiled file of this size, there are no layers, and the areas are those
    of the files that the host reads.

    Args:
        assets: folder of the host's maps and pictures.
        map_name: folder of the map in ``assets``.
        size: width and height of the map in tiles.
        names: of the personas.
    """
    found: list[Path] = []
    copied = read_copied_map(assets / map_name)
    if copied is None or not copied.lies_in(size):
        copied = CopiedMap(map_name, *size, ((0, 0),))
    town = (copied.width, copied.height)
    tiled = _tiled_file(assets, copied.map, town)
    content: dict[str, Any] = {
        "width": size[0],
        "height": size[1],
        "town": town,
        "corners": copied.corners,
        "tile": 32,
        "sets": [],
        "layers": [],
        "areas": {},
    }
    if tiled is None:
        content["areas"] = _matrix_areas(assets / copied.map, town[0] * town[1])
    else:
        path, drawn = tiled
        content["tile"] = int(drawn.get("tilewidth", 32))
        content["sets"] = [
            _tile_set(each, path.parent, assets, found) for each in drawn["tilesets"]
        ]
        layers, content["areas"] = _layers(drawn["layers"], town[0] * town[1])
        # Without a picture, numbers of tiles say nothing; areas show more.
        content["layers"] = layers if found else []
    content["sprites"] = _sprites(names, len(copied.corners), assets, found)
    return TownMap(content, tuple(found))


def read_picture(path: Path) -> tuple[bytes, str] | None:
    """Content and media type of a picture; None if it cannot be read."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_bytes(), _PICTURES[path.suffix.lower()]
    except (OSError, KeyError):
        return None


def _tiled_file(
    assets: Path, map_name: str, size: tuple[int, int]
) -> tuple[Path, dict[str, Any]] | None:
    """The file of the map that Tiled has written, with the right size: the one that the host's
    frontend loads, where there are several versions of it."""
    loaded = _frontend(assets)
    found = (assets / map_name / "visuals").glob("*.json")
    for path in sorted(found, key=lambda each: (each.name not in loaded, each.name)):
        try:
            content = read_json(path)
        except UsageError:
            continue
        if (
            isinstance(content, dict)
            and isinstance(content.get("tilesets"), list)
            and isinstance(content.get("layers"), list)
            and (content.get("width"), content.get("height")) == size
        ):
            return path, content
    return None


def _frontend(assets: Path) -> str:
    """The script by which the host's frontend draws the map; empty if it is elsewhere."""
    try:
        script = assets.parents[1] / "templates" / "home" / "main_script.html"
        return script.read_text("utf-8", "replace")
    except (OSError, IndexError):
        return ""


def _tile_set(each: Any, folder: Path, assets: Path, found: list[Path]) -> dict[str, Any]:
    known = each if isinstance(each, dict) else {}
    image = known.get("image")
    picture = _picture(folder / image, assets, found) if isinstance(image, str) else None
    return {
        "first": _whole(known.get("firstgid"), 1),
        "count": _whole(known.get("tilecount"), 0),
        "columns": max(1, _whole(known.get("columns"), 1)),
        "picture": picture,
    }


def _layers(layers: list[Any], tiles: int) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
    drawn, areas = [], {}
    for each in layers:
        if not isinstance(each, dict) or not isinstance(each.get("data"), list):
            continue
        name, data = str(each.get("name", "")).strip(), each["data"]
        if len(data) != tiles:
            continue
        numbers = [_whole(number, 0) & _GID for number in data]
        if name in _AREAS:
            areas[name] = numbers
        if not any(word in name for word in _BLOCKS):
            drawn.append({"above": name.startswith(_ABOVE), "data": numbers})
    return drawn, areas


def _matrix_areas(folder: Path, tiles: int) -> dict[str, list[int]]:
    """Where sectors, arenas and walls are, as the files say that the host reads for its map."""
    areas = {}
    for name, layer in _MATRIX.items():
        try:
            text = (folder / "matrix" / "maze" / f"{layer}_maze.csv").read_text("utf-8")
            numbers = [int(cell) for cell in text.replace("\n", ",").split(",") if cell.strip()]
        except (OSError, ValueError):
            continue
        if len(numbers) == tiles:
            areas[name] = [_whole(number, 0) for number in numbers]
    return areas


def _sprites(
    names: tuple[str, ...], towns: int, assets: Path, found: list[Path]
) -> list[int | None]:
    """For each persona the number of its picture; in a further town that of the person whose copy
    it is: all towns have the same people, in the same order."""
    own = [
        _picture(assets / "characters" / f"{name.replace(' ', '_')}.png", assets, found)
        if "/" not in name
        else None
        for name in names
    ]
    people, rest = divmod(len(names), towns)
    if rest or not people:
        return own
    return [
        own[number % people] if picture is None else picture for number, picture in enumerate(own)
    ]


def _picture(path: Path, assets: Path, found: list[Path]) -> int | None:
    """The number of a picture in the host's assets; None if it is elsewhere or missing."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    inside = real.is_relative_to(assets.resolve())
    if not inside or not real.is_file() or real.suffix.lower() not in _PICTURES:
        return None
    if real not in found:
        found.append(real)
    return found.index(real)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 32 else otherwise
