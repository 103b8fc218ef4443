"""The map: a matrix of tiles with their addresses and what happens on them."""
import json

from global_methods import *
from utils import *

LEVELS = ("world", "sector", "arena", "game_object")


class Maze:
    """Tiles are read from the matrix files under env_matrix (see utils.py).

    A tile is a dict: world, sector, arena, game_object and spawning_location are names ("" where
    there is none), collision a bool, events a set of (subject, predicate, object, description).
    """

    def __init__(self, maze_name):
        self.maze_name = maze_name
        with open(f"{env_matrix}/maze_meta_info.json") as meta_file:
            meta_info = json.load(meta_file)
        self.maze_width = int(meta_info["maze_width"])
        self.maze_height = int(meta_info["maze_height"])
        self.sq_tile_size = int(meta_info["sq_tile_size"])
        self.special_constraint = meta_info["special_constraint"]

        self.collision_maze = self._read_layer("collision")
        layers = {layer: self._read_layer(layer)
                  for layer in ("sector", "arena", "game_object", "spawning_location")}
        names = {layer: self._read_names(layer) for layer in layers}
        world = self._read_names("world").popitem()[1]

        self.tiles = []
        self.address_tiles = {}
        for y in range(self.maze_height):
            self.tiles.append([])
            for x in range(self.maze_width):
                tile = {"world": world}
                for layer, rows in layers.items():
                    tile[layer] = names[layer].get(rows[y][x], "")
                tile["collision"] = self.collision_maze[y][x] != "0"
                tile["events"] = set()
                self.tiles[-1].append(tile)
                if tile["game_object"]:
                    address = self.get_tile_path((x, y), "game_object")
                    tile["events"].add((address, None, None, None))
                for address in self._addresses((x, y)):
                    self.address_tiles.setdefault(address, set()).add((x, y))

    def _read_layer(self, layer):
        cells = read_file_to_list(f"{env_matrix}/maze/{layer}_maze.csv")[0]
        return [cells[i:i + self.maze_width] for i in range(0, len(cells), self.maze_width)]

    def _read_names(self, layer):
        rows = read_file_to_list(f"{env_matrix}/special_blocks/{layer}_blocks.csv")
        return {row[0]: row[-1] for row in rows}

    def _addresses(self, tile):
        details = self.access_tile(tile)
        addresses = [self.get_tile_path(tile, level) for level in LEVELS[1:] if details[level]]
        if details["spawning_location"]:
            addresses.append(f"<spawn_loc>{details['spawning_location']}")
        return addresses

    def access_tile(self, tile):
        """The details of the tile (x, y)."""
        return self.tiles[tile[1]][tile[0]]

    def get_tile_path(self, tile, level):
        """The address of the tile (x, y) down to a level of LEVELS, e.g. "world:sector:arena"."""
        details = self.access_tile(tile)
        return ":".join([details[name] for name in LEVELS[:LEVELS.index(level) + 1]])

    def get_nearby_tiles(self, tile, vision_r):
        """Tiles of the square around a tile, column by column, clipped to the map.

        Where the map clips the square on the right or below, its last column or row is left out.
        """
        x, y = tile
        right = min(self.maze_width - 1, x + vision_r + 1)
        bottom = min(self.maze_height - 1, y + vision_r + 1)
        return [(i, j) for i in range(max(0, x - vision_r), right)
                for j in range(max(0, y - vision_r), bottom)]

    def add_event_from_tile(self, curr_event, tile):
        self.access_tile(tile)["events"].add(curr_event)

    def remove_event_from_tile(self, curr_event, tile):
        self.access_tile(tile)["events"].discard(curr_event)

    def turn_event_from_tile_idle(self, curr_event, tile):
        """Replace an event, if it is there, by its subject at rest."""
        events = self.access_tile(tile)["events"]
        if curr_event in events:
            events.remove(curr_event)
            events.add((curr_event[0], None, None, None))

    def remove_subject_events_from_tile(self, subject, tile):
        events = self.access_tile(tile)["events"]
        for event in events.copy():
            if event[0] == subject:
                events.remove(event)
