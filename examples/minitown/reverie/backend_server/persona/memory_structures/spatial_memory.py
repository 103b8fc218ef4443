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

    def remember(self, tile_details):
        """Add the address of a tile that the persona sees."""
        known = self.tree.setdefault(tile_details["world"], {})
        if not tile_details["sector"]:
            return
        known = known.setdefault(tile_details["sector"], {})
        if not tile_details["arena"]:
            return
        known = known.setdefault(tile_details["arena"], [])
        if tile_details["game_object"] and tile_details["game_object"] not in known:
            known.append(tile_details["game_object"])

    def get_str_accessible_sectors(self, curr_world):
        return ", ".join(self.tree[curr_world])

    def get_str_accessible_sector_arenas(self, sector):
        curr_world, curr_sector = sector.split(":")
        return ", ".join(self.tree[curr_world][curr_sector]) if curr_sector else ""

    def get_str_accessible_arena_game_objects(self, arena):
        curr_world, curr_sector, curr_arena = arena.split(":")
        return ", ".join(self.tree[curr_world][curr_sector][curr_arena]) if curr_arena else ""
