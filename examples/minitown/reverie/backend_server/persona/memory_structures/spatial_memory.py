"""What a persona knows of the map: a tree world -> sector -> arena -> [objects]."""
import json

from global_methods import *


class MemoryTree:
    def __init__(self, f_saved):
        self.tree = {}
        if check_if_file_exists(f_saved):
            with open(f_saved) as saved:
                self.tree = json.load(saved)

    def save(self, out_json):
        with open(out_json, "w") as outfile:
            json.dump(self.tree, outfile)

    def print_tree(self):
        for world, sectors in self.tree.items():
            print(world)
            for sector, arenas in sectors.items():
                print(" >", sector)
                for arena, game_objects in arenas.items():
                    print(" > >", arena, game_objects)

    def remember(self, world, sector, arena, game_object):
        """Add a place that the persona sees; "" stands for no such level."""
        sectors = self.tree.setdefault(world, {})
        if sector and arena:
            game_objects = sectors.setdefault(sector, {}).setdefault(arena, [])
            if game_object and game_object not in game_objects:
                game_objects.append(game_object)

    def get_str_accessible_sectors(self, curr_world):
        return ", ".join(self.tree[curr_world])

    def get_str_accessible_sector_arenas(self, sector):
        curr_world, curr_sector = sector.split(":")
        return ", ".join(self.tree[curr_world][curr_sector]) if curr_sector else ""

    def get_str_accessible_arena_game_objects(self, arena):
        curr_world, curr_sector, curr_arena = arena.split(":")
        return ", ".join(self.tree[curr_world][curr_sector][curr_arena]) if curr_arena else ""
