"""Acting: from the address of a plan to the next tile."""
import random

from path_finder import *
from utils import *


def execute(persona, maze, personas, plan):
    """(next tile, emoji, description) of this step.

    A plan is an address "world:sector:arena:object", where "<random>" in place of the object
    stands for anywhere in the arena, again and again; or "<persona> NAME"; or "<waiting> x y".
    """
    scratch = persona.scratch
    if "<random>" in plan and not scratch.planned_path:
        scratch.act_path_set = False

    if not scratch.act_path_set:
        print(f"{persona.name} looks for a way to {plan}")
        target_tiles = _target_tiles(scratch.curr_tile, maze, personas, plan)
        target_tiles = random.sample(target_tiles, min(4, len(target_tiles)))
        free = [tile for tile in target_tiles if not _occupied(maze, personas, tile)]
        paths = [_path(maze, scratch.curr_tile, tile) for tile in free or target_tiles]
        scratch.planned_path = min(paths, key=len)[1:]
        scratch.act_path_set = True

    next_tile = scratch.curr_tile
    if scratch.planned_path:
        next_tile, *scratch.planned_path = scratch.planned_path
    return (next_tile, scratch.act_pronunciatio,
            f"{scratch.act_description} @ {scratch.act_address}")


def _target_tiles(curr_tile, maze, personas, plan):
    if "<persona>" in plan:
        # They meet half-way.
        other = personas[plan.split("<persona>")[-1].strip()]
        path = _path(maze, curr_tile, other.scratch.curr_tile)
        return [path[len(path) // 2] if len(path) > 2 else path[0]]
    if "<waiting>" in plan:
        x, y = plan.split()[1:3]
        return [(int(x), int(y))]
    if "<random>" in plan:
        tiles = list(maze.address_tiles[plan.rsplit(":", 1)[0]])
        return random.sample(tiles, 1)
    return list(maze.address_tiles[plan])


def _occupied(maze, personas, tile):
    names = set(personas.keys())
    return any(event[0] in names for event in maze.access_tile(tile)["events"])


def _path(maze, start, end):
    return path_finder(maze.collision_maze, start, end, collision_block_id)
