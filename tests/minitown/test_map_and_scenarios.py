"""The committed map and scenarios: complete, consistent, and equal to those of the generator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.minitown.conftest import FRONTEND, MINITOWN

STORAGE = MINITOWN / FRONTEND / "storage"
MATRIX = MINITOWN / FRONTEND / "static_dirs/assets/minitown/matrix"
SCENARIOS = [f"{kind}_minitown_n{count}" for kind in ("base", "demo") for count in (5, 25)]
# The fields of the original's scratch.json.
SCRATCH_FIELDS = """
vision_r att_bandwidth retention curr_time curr_tile daily_plan_req name first_name last_name age
innate learned currently lifestyle living_area concept_forget daily_reflection_time
daily_reflection_size overlap_reflect_th kw_strg_event_reflect_th kw_strg_thought_reflect_th
recency_w relevance_w importance_w recency_decay importance_trigger_max importance_trigger_curr
importance_ele_n thought_count daily_req f_daily_schedule f_daily_schedule_hourly_org act_address
act_start_time act_duration act_description act_pronunciatio act_event act_obj_description
act_obj_pronunciatio act_obj_event chatting_with chat chatting_with_buffer chatting_end_time
act_path_set planned_path
"""


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def layer(name: str) -> list[list[str]]:
    width = read(MATRIX / "maze_meta_info.json")["maze_width"]
    cells = (MATRIX / f"maze/{name}_maze.csv").read_text().strip().split(", ")
    return [cells[i : i + width] for i in range(0, len(cells), width)]


def names(name: str) -> dict[str, str]:
    rows = (MATRIX / f"special_blocks/{name}_blocks.csv").read_text().splitlines()
    return {row.split(", ")[0]: row.split(", ")[-1] for row in rows}


def addresses() -> Iterator[tuple[str, str, str, str]]:
    """Address of each tile in a sector."""
    (world,) = names("world").values()
    known = {name: names(name) for name in ("sector", "arena", "game_object")}
    layers = {name: layer(name) for name in known}
    for y, row in enumerate(layers["sector"]):
        for x, sector in enumerate(row):
            if sector != "0":
                arena, thing = (
                    known[name].get(layers[name][y][x], "") for name in ("arena", "game_object")
                )
                yield world, known["sector"][sector], arena, thing


def test_generator_writes_the_committed_files(make_town: ModuleType, tmp_path: Path) -> None:
    make_town.main(tmp_path)
    written = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    generated = [
        *STORAGE.glob("*_minitown_n*"),
        MATRIX.parent,
        MINITOWN / FRONTEND / "temp_storage",
    ]
    committed = {
        path.relative_to(MINITOWN): path
        for folder in generated
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert set(written) == set(committed)
    differing = [p for p in written if written[p].read_bytes() != committed[p].read_bytes()]
    assert differing == []


def test_all_free_tiles_are_connected() -> None:
    collision = layer("collision")
    free = {(x, y) for y, row in enumerate(collision) for x, c in enumerate(row) if c == "0"}
    reached = waiting = {min(free)}
    while waiting:
        steps = {
            (x + dx, y + dy) for x, y in waiting for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0))
        }
        waiting = (steps & free) - reached
        reached = reached | waiting
    assert reached == free


def test_layers_cover_the_map_with_listed_blocks() -> None:
    meta = read(MATRIX / "maze_meta_info.json")
    for name in ("collision", "sector", "arena", "game_object", "spawning_location"):
        rows = layer(name)
        assert len(rows) == meta["maze_height"]
        assert {len(row) for row in rows} == {meta["maze_width"]}
        if name != "collision":
            assert {cell for row in rows for cell in row} == {"0", *names(name)}


def test_each_tile_of_a_sector_has_an_arena() -> None:
    assert all(arena for _, _, arena, _ in addresses())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_is_complete(scenario: str) -> None:
    folder = STORAGE / scenario
    meta = read(folder / "reverie/meta.json")
    personas = meta["persona_names"]
    assert len(personas) == int(scenario.rpartition("n")[2])
    assert meta["step"] == 0
    assert meta["sec_per_step"] == 10
    environment = read(folder / "environment/0.json")
    assert list(environment) == personas
    assert not (folder / "movement").exists()
    for name in personas:
        memory = folder / "personas" / name / "bootstrap_memory"
        assert set(read(memory / "scratch.json")) == set(SCRATCH_FIELDS.split())
        assert read(memory / "associative_memory/nodes.json") == {}
        assert read(memory / "associative_memory/embeddings.json") == {}
        assert set(read(memory / "associative_memory/kw_strength.json")) == {
            "kw_strength_event",
            "kw_strength_thought",
        }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_persona_starts_on_its_own_free_tile(scenario: str) -> None:
    collision = layer("collision")
    tiles = [(at["x"], at["y"]) for at in read(STORAGE / scenario / "environment/0.json").values()]
    assert all(collision[y][x] == "0" for x, y in tiles)
    if scenario.startswith("base"):
        assert len(set(tiles)) == len(tiles)


def test_all_known_places_are_on_the_map() -> None:
    on_the_map = {":".join(address) for address in addresses()}
    for path in (STORAGE / "base_minitown_n25/personas").glob("*/*/spatial_memory.json"):
        for world, sectors in read(path).items():
            for sector, arenas in sectors.items():
                for arena, things in arenas.items():
                    known = {f"{world}:{sector}:{arena}:{thing}" for thing in things}
                    assert known <= on_the_map
                    assert any(a.startswith(f"{world}:{sector}:{arena}:") for a in on_the_map)


def test_radii_of_sight_differ() -> None:
    scratches = (STORAGE / "base_minitown_n25/personas").glob("*/*/scratch.json")
    assert {read(path)["vision_r"] for path in scratches} == {5, 8}


def test_demo_schedules_cover_the_whole_day() -> None:
    for path in (STORAGE / "demo_minitown_n25/personas").glob("*/*/scratch.json"):
        assert sum(minutes for _, minutes in read(path)["f_daily_schedule"]) == 24 * 60
