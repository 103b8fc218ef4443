"""Draws the town and writes its scenarios: the matrix files of the map and storage/*.

    python make_town.py [FOLDER]      (FOLDER: where to write; default: this folder)

Everything follows from the tables below, without chance: the same files every time.
Blueprints: ``#`` wall, ``.`` floor, ``+`` door, ``~`` water, a lower-case letter is an object on
a free tile, an upper-case letter the same object on a blocked tile. A room is a rectangle
(left, top, right, bottom; inclusive, counted inside the blueprint); walls belong to no room.
"""
from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 60, 40
WORLD, MAZE = "Minitown", "minitown"
BLOCKED = "32125"
START_DATE = "May 6, 2024"

HOUSE = """
#########
#bbc#bbc#
#.d.#.d.#
##+###+##
#s..tt.k#
#......w#
#a.h....#
####+####
"""
HOUSE_OBJECTS = {"b": "bed", "c": "closet", "d": "desk", "s": "sofa", "t": "dining table",
                 "k": "stove", "w": "sink", "a": "armchair", "h": "radio"}
CAFE = """
################
#oo.s#.ww..ww.p#
#....#.........#
#....#.ll..cc..#
#....+.ll..cc..#
######.........#
#nnnnn.gg..gg..#
#..............#
#..............#
#######++#######
"""
CAFE_OBJECTS = {"o": "oven", "s": "dish sink", "w": "window table", "l": "long table", "p": "piano",
                "c": "corner table", "n": "counter", "g": "garden table"}
MARKET = """
#######++#######
#.vv..ff.....tt#
#.vv..ff.......#
#...........####
#.bbbb......+..#
#...........#xx#
################
"""
MARKET_OBJECTS = {"v": "vegetable stand", "f": "freezer", "t": "till", "b": "bread shelf",
                  "x": "boxes"}
LIBRARY = """
###############
#kkkkkkKk.#.dd#
#.........#...#
#.rr..rr..+...#
#.rr..rr..#dd.#
#.........#####
#ii.......n..n#
#.............#
######++#######
"""
LIBRARY_OBJECTS = {"k": "bookshelf", "r": "reading table", "i": "information desk",
                   "d": "study desk", "n": "newspaper rack"}
SCHOOL = """
######++#######
#.............#
#####+####+####
#.bbb....#.d..#
#........#.d..#
#.pp.pp..#....#
#.pp.pp..#.ss.#
###############
"""
SCHOOL_OBJECTS = {"b": "blackboard", "p": "pupil desks", "d": "teacher desk", "s": "sewing machine"}
PARK = """
......................
..bb......ff..........
......................
......~~~~......tt....
.....p~~~~p.....tt....
.....p~~~~p...........
......~~~~......bb....
......pppp............
......................
..ff..................
......................
......................
......................
......................
......................
......................
......................
......................
"""
PARK_OBJECTS = {"b": "bench", "f": "flower bed", "p": "pond", "t": "picnic table"}

# sector -> (left, top, blueprint, objects, rooms)
PUBLIC = {
    "Copper Kettle": (2, 11, CAFE, CAFE_OBJECTS,
                      {"kitchen": (1, 1, 5, 4), "guest room": (1, 1, 14, 9)}),
    "Corner Market": (2, 22, MARKET, MARKET_OBJECTS,
                      {"storeroom": (12, 4, 14, 5), "sales floor": (1, 0, 14, 5)}),
    "Town Library": (44, 11, LIBRARY, LIBRARY_OBJECTS,
                     {"study room": (10, 1, 13, 4), "reading room": (1, 1, 13, 8)}),
    "Elm School": (44, 22, SCHOOL, SCHOOL_OBJECTS,
                   {"classroom": (1, 2, 8, 6), "workroom": (10, 2, 13, 6), "hall": (1, 0, 13, 1)}),
    "Willow Park": (20, 11, PARK, PARK_OBJECTS,
                    {"garden": (0, 0, 21, 9), "lawn": (0, 10, 21, 17)}),
}
HOUSES = ["Adler", "Baum", "Celik", "Dietz", "Engel", "Falk",
          "Gruber", "Hahn", "Ivanov", "Jansen", "Keller", "Lorenz"]

CAFE_WORK = "serving guests at the Copper Kettle"
COOKING = "cooking for guests at the Copper Kettle"
LUNCH = "having lunch at the Copper Kettle"
LATE, HOME_LUNCH = "having a late lunch at the Copper Kettle", "having lunch at home"
PICNIC = "having a picnic in the garden of Willow Park"
SCHOOL_LUNCH = "eating sandwiches at the Elm School"
COFFEE = "drinking coffee at the Copper Kettle"
SELLING = "selling groceries at the Corner Market"
SHOPPING = "shopping for groceries at the Corner Market"
LENDING = "lending books at the Town Library"
STUDY = "studying at the Town Library"
READING = "reading at the Town Library"
TEACHING = "teaching a class at the Elm School"
CLASS = "attending class at the Elm School"
STROLL = "strolling over the lawn of Willow Park"
FRIENDS = "meeting friends in the garden of Willow Park"
GARDENING = "gardening in Willow Park"
BREAKFAST, DINNER = "having breakfast at home", "having dinner at home"
REST, RADIO = "resting with a book at home", "listening to the radio at home"

# name: (age, traits, background, hour of getting up, {hour: activity}, hour of going to bed)
PEOPLE = {
    "Nora Adler": (41, "warm, brisk, curious", "runs the Copper Kettle, the cafe of the town", 6,
                   {7: CAFE_WORK, 13: LATE, 14: CAFE_WORK, 16: FRIENDS, 18: DINNER, 19: REST}, 22),
    "Emil Adler": (44, "dreamy, polite, slow", "writes a novel about the sea", 7,
                   {9: READING, 12: LUNCH, 13: "writing at home", 15: STROLL, 17: COFFEE,
                    18: DINNER, 19: "writing at home"}, 23),
    "Leyla Celik": (37, "lively, exact, generous", "owns the Corner Market", 6,
                    {8: SELLING, 12: LUNCH, 13: SELLING, 17: FRIENDS, 18: DINNER, 20: RADIO}, 22),
    "Paul Dietz": (52, "quiet, witty, orderly", "is the librarian of the town", 7,
                   {8: LENDING, 13: LATE, 14: LENDING, 16: STROLL, 18: DINNER, 19: REST}, 22),
    "Clara Gruber": (33, "patient, cheerful, firm", "teaches at the Elm School", 6,
                     {8: TEACHING, 12: LUNCH, 13: TEACHING, 15: FRIENDS, 17: SHOPPING, 18: DINNER,
                      19: REST}, 22),
    "Greta Baum": (68, "gentle, talkative, thrifty", "is retired and knows everybody", 7,
                   {9: SHOPPING, 10: RADIO, 12: HOME_LUNCH, 13: COFFEE, 14: FRIENDS,
                    17: "knitting at home", 18: DINNER, 19: RADIO}, 21),
    "Otto Baum": (66, "grumpy, loyal, handy", "helps out at the Corner Market", 6,
                  {8: SELLING, 12: HOME_LUNCH, 13: SELLING, 15: STROLL, 17: RADIO, 18: DINNER,
                   19: RADIO}, 21),
    "Deniz Celik": (39, "calm, proud, funny", "cooks at the Copper Kettle", 7,
                    {9: COOKING, 14: LATE, 15: COOKING, 17: STROLL, 18: DINNER, 19: REST}, 23),
    "Mara Dietz": (16, "bright, restless, blunt", "goes to the Elm School", 7,
                   {8: CLASS, 12: PICNIC, 13: CLASS, 15: FRIENDS, 17: STUDY, 18: DINNER,
                    19: REST}, 22),
    "Ruth Engel": (71, "wise, dry, kind", "was a doctor and loves birds", 6,
                   {9: FRIENDS, 11: COFFEE, 12: HOME_LUNCH, 14: FRIENDS, 16: READING, 18: DINNER,
                    19: RADIO}, 21),
    "Jonas Engel": (23, "eager, shy, thorough", "studies biology", 8,
                    {9: STUDY, 13: LATE, 14: STUDY, 16: STROLL, 18: DINNER, 19: COFFEE}, 23),
    "Sofia Falk": (35, "bold, warm, untidy", "paints the people of the town", 8,
                   {9: "painting at home", 12: LUNCH, 14: "painting in the garden of Willow Park",
                    17: COFFEE, 18: DINNER, 20: RADIO}, 23),
    "Henrik Falk": (38, "fair, sporty, loud", "teaches at the Elm School", 6,
                    {8: TEACHING, 12: LUNCH, 13: TEACHING, 15: STROLL, 17: FRIENDS, 18: DINNER,
                     19: REST}, 22),
    "Anton Gruber": (45, "earthy, silent, kind", "is the gardener of Willow Park", 6,
                     {7: GARDENING, 12: PICNIC, 13: GARDENING, 17: COFFEE, 18: DINNER,
                      19: RADIO}, 21),
    "Lukas Hahn": (29, "charming, moody, musical", "plays the piano at the Copper Kettle", 8,
                   {10: "practising the piano at the Copper Kettle", 12: LUNCH, 13: STROLL,
                    15: "playing the piano at the Copper Kettle", 18: DINNER, 19: COFFEE}, 23),
    "Frieda Hahn": (14, "funny, stubborn, quick", "goes to the Elm School", 7,
                    {8: CLASS, 12: SCHOOL_LUNCH, 13: CLASS, 15: FRIENDS, 18: DINNER, 19: REST}, 21),
    "Irina Ivanov": (22, "serious, witty, precise", "studies law", 7,
                     {8: STUDY, 13: LATE, 14: STUDY, 15: FRIENDS, 17: SHOPPING, 18: DINNER,
                      19: REST}, 23),
    "Pavel Ivanov": (64, "jovial, forgetful, brave", "is a retired sailor", 6,
                     {8: STROLL, 10: COFFEE, 12: LUNCH, 13: FRIENDS, 16: READING, 18: DINNER,
                      19: RADIO}, 21),
    "Bram Jansen": (31, "logical, kind, distracted", "writes software", 8,
                    {9: "programming at home", 12: LUNCH, 13: "programming at home", 16: FRIENDS,
                     18: DINNER, 19: COFFEE}, 23),
    "Eva Jansen": (30, "caring, quick, honest", "brings parcels from the Corner Market", 6,
                   {8: "packing parcels at the Corner Market", 12: PICNIC,
                    13: "packing parcels at the Corner Market", 15: STROLL, 17: FRIENDS, 18: DINNER,
                    19: REST}, 22),
    "Tobias Keller": (15, "sly, loyal, sporty", "goes to the Elm School", 7,
                      {8: CLASS, 12: SCHOOL_LUNCH, 13: CLASS, 15: STROLL, 17: FRIENDS, 18: DINNER,
                       19: REST}, 22),
    "Lena Keller": (27, "sunny, direct, clever", "serves at the Copper Kettle in the afternoon", 8,
                    {9: STROLL, 11: SHOPPING, 12: CAFE_WORK, 18: DINNER, 19: REST}, 23),
    "Marta Lorenz": (48, "precise, proud, warm", "sews and mends clothes at the Elm School", 7,
                     {8: "sewing at the Elm School", 12: HOME_LUNCH, 13: "sewing at the Elm School",
                      16: FRIENDS, 18: DINNER, 20: RADIO}, 22),
    "Felix Lorenz": (50, "stout, merry, careful", "stocks the shelves of the Corner Market", 5,
                     {7: "packing parcels at the Corner Market", 13: LATE, 14: SELLING, 16: COFFEE,
                      17: FRIENDS, 18: DINNER, 19: RADIO}, 21),
    "Simon Lorenz": (13, "nosy, brave, messy", "goes to the Elm School", 7,
                     {8: CLASS, 12: PICNIC, 13: CLASS, 15: FRIENDS, 18: DINNER, 19: REST}, 21),
}
FIVE = list(PEOPLE)[:5]
SHORT_SIGHTED = {"Paul Dietz", "Ruth Engel", "Pavel Ivanov"}
SCENARIOS = {"base_minitown_n5": (FIVE, None), "base_minitown_n25": (list(PEOPLE), None),
             "demo_minitown_n5": (FIVE, (11, 30)), "demo_minitown_n25": (list(PEOPLE), (11, 30))}


def clock(hour: int) -> str:
    return f"{hour % 12 or 12} {'am' if hour < 12 else 'pm'}"


def housemates(family: str) -> list[str]:
    return [name for name in PEOPLE if name.split()[-1] == family]


def bedroom(name: str) -> str:
    """The third of a family sleeps in the first one's room."""
    family = housemates(name.split()[-1])
    shared = [family[0], *family[2:]]
    return f"{' and '.join(shared) if name in shared else name}'s room"


class Town:
    """Five layers of ids, and what each id stands for."""

    def __init__(self) -> None:
        self.layers = {layer: [["0"] * WIDTH for _ in range(HEIGHT)]
                       for layer in ("collision", "sector", "arena", "game_object",
                                     "spawning_location")}
        self.names: dict[str, dict[tuple[str, ...], str]] = {layer: {} for layer in self.layers}
        self.tree: dict[str, dict[str, list[str]]] = {}
        for sector, (left, top, blueprint, objects, rooms) in PUBLIC.items():
            self.build(sector, left, top, blueprint.split(), objects, rooms)
        for number, family in enumerate(HOUSES):
            rows = HOUSE.split()
            first, second = housemates(family)[:2]
            rooms = {bedroom(first): (1, 1, 3, 2), bedroom(second): (5, 1, 7, 2),
                     "common room": (1, 3, 7, 7)}
            if number >= 6:  # the southern row looks north
                rows = rows[::-1]
                rooms = {room: (x0, 7 - y1, x1, 7 - y0) for room, (x0, y0, x1, y1) in rooms.items()}
            self.build(f"{family}'s house", 1 + number % 6 * 10, 1 if number < 6 else 31, rows,
                       HOUSE_OBJECTS, rooms)

    def mark(self, layer: str, x: int, y: int, *address: str) -> None:
        known = self.names[layer]
        base = 33000 + 1000 * list(self.layers).index(layer)
        self.layers[layer][y][x] = known.setdefault(address, str(base + len(known)))

    def build(self, sector: str, left: int, top: int, rows: list[str], objects: dict[str, str],
              rooms: dict[str, tuple[int, int, int, int]]) -> None:
        self.tree[sector] = {room: [] for room in rooms}
        for dy, row in enumerate(rows):
            for dx, char in enumerate(row):
                x, y = left + dx, top + dy
                if char in "#~" or char.isupper():
                    self.layers["collision"][y][x] = BLOCKED
                if char == "#":
                    continue
                room = next(name for name, (x0, y0, x1, y1) in rooms.items()
                            if x0 <= dx <= x1 and y0 <= dy <= y1)
                self.mark("sector", x, y, sector)
                self.mark("arena", x, y, sector, room)
                if char.isalpha():
                    thing = objects[char.lower()]
                    self.mark("game_object", x, y, "<all>", thing)
                    if thing not in self.tree[sector][room]:
                        self.tree[sector][room].append(thing)
                    if thing == "bed":
                        self.mark("spawning_location", x, y, sector, room, "sp-A")

    def tiles(self, sector: str, arena: str, thing: str) -> list[tuple[int, int]]:
        wanted = self.names["arena"][sector, arena], self.names["game_object"]["<all>", thing]
        return [(x, y) for y in range(HEIGHT) for x in range(WIDTH)
                if (self.layers["arena"][y][x], self.layers["game_object"][y][x]) == wanted
                and self.layers["collision"][y][x] == "0"]

    def write(self, matrix: Path) -> None:
        for folder in ("maze", "special_blocks"):
            (matrix / folder).mkdir(parents=True, exist_ok=True)
        for layer, rows in self.layers.items():
            line = ", ".join(cell for row in rows for cell in row)
            (matrix / "maze" / f"{layer}_maze.csv").write_text(line + "\n")
            if layer != "collision":
                lines = [f"{number}, {WORLD}, {', '.join(address)}\n"
                         for address, number in self.names[layer].items()]
                (matrix / "special_blocks" / f"{layer}_blocks.csv").write_text("".join(lines))
        (matrix / "special_blocks" / "world_blocks.csv").write_text(f"32999, {WORLD}\n")
        write_json(matrix / "maze_meta_info.json",
                   {"world_name": MAZE, "maze_width": WIDTH, "maze_height": HEIGHT,
                    "sq_tile_size": 32, "special_constraint": ""})


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def hour_by_hour(plan: dict[int, str]) -> list[str]:
    """The activity of each of the 24 hours, of a plan that says when which begins."""
    return [plan[max(begin for begin in plan if begin <= hour)] for hour in range(24)]


def hourly(name: str) -> list[list]:
    """The day in blocks of whole hours: [activity, minutes]."""
    *_, wake, day, bed = PEOPLE[name]
    blocks: list[list] = []
    for doing in hour_by_hour({0: "sleeping", wake: BREAKFAST, **day, bed: "sleeping"}):
        if blocks and doing == blocks[-1][0]:
            blocks[-1][1] += 60
        else:
            blocks.append([doing, 60])
    return blocks


def doing_at(name: str, at: tuple[int, int]) -> str:
    end = 0
    for doing, minutes in hourly(name):
        end += minutes
        if end > at[0] * 60 + at[1]:
            return doing
    raise ValueError(f"{at} is not a time of day")


def scratch(name: str) -> dict:
    age, traits, background, wake, day, bed = PEOPLE[name]
    first, last = name.split()
    plan = {wake: BREAKFAST, **day, bed: "sleeping"}
    return {
        "vision_r": 5 if name in SHORT_SIGHTED else 8, "att_bandwidth": 8, "retention": 12,
        "curr_time": None, "curr_tile": None,
        "daily_plan_req": "; ".join(f"{clock(hour)}: {doing}" for hour, doing in plan.items()),
        "name": name, "first_name": first, "last_name": last, "age": age, "innate": traits,
        "learned": f"{name} {background}.",
        "currently": f"{name} looks forward to the summer fair and talks about it with neighbours.",
        "lifestyle": f"{first} gets up at {clock(wake)} and goes to bed at {clock(bed)}.",
        "living_area": f"{WORLD}:{last}'s house:{bedroom(name)}",
        "concept_forget": 100, "daily_reflection_time": 180, "daily_reflection_size": 5,
        "overlap_reflect_th": 4, "kw_strg_event_reflect_th": 10, "kw_strg_thought_reflect_th": 9,
        "recency_w": 1, "relevance_w": 1, "importance_w": 1, "recency_decay": 0.995,
        "importance_trigger_max": 150, "importance_trigger_curr": 150, "importance_ele_n": 0,
        "thought_count": 5, "daily_req": [], "f_daily_schedule": [],
        "f_daily_schedule_hourly_org": [], "act_address": None, "act_start_time": None,
        "act_duration": None, "act_description": None, "act_pronunciatio": None,
        "act_event": [name, None, None], "act_obj_description": None,
        "act_obj_pronunciatio": None, "act_obj_event": [None, None, None],
        "chatting_with": None, "chat": None, "chatting_with_buffer": {},
        "chatting_end_time": None, "act_path_set": False, "planned_path": [],
    }


def wide_awake(town: Town, name: str, at: tuple[int, int], tile: list[int]) -> dict:
    """The scratch of a persona whose day is planned and whose action ends as the run begins."""
    hour, minute = at
    doing = doing_at(name, at)
    sector, arena, thing = address(town, name, doing)
    before = f"{START_DATE}, {hour - 1:02}:{minute:02}:00"
    return scratch(name) | {
        "curr_time": f"{START_DATE}, {hour:02}:{minute - 1:02}:50", "curr_tile": tile,
        "daily_req": scratch(name)["daily_plan_req"].split("; "),
        "f_daily_schedule": hourly(name), "f_daily_schedule_hourly_org": hourly(name),
        "act_address": f"{WORLD}:{sector}:{arena}:{thing}", "act_start_time": before,
        "act_duration": 60, "act_description": doing, "act_pronunciatio": "\N{SUN WITH FACE}",
        "act_event": [name, "is", doing], "act_obj_description": "in use",
        "act_obj_pronunciatio": "\N{SUN WITH FACE}", "act_obj_event": [thing, "is", "in use"],
        "act_path_set": True,
    }


def address(town: Town, name: str, doing: str) -> tuple[str, str, str]:
    """A place that fits an activity: the largest room of the sector it names, or home."""
    home = f"{name.split()[-1]}'s house"
    sector = next((sector for sector in PUBLIC if sector in doing), home)
    rooms = {room: things for room, things in town.tree[sector].items()
             if things and ("'s room" not in room or name in room)}
    room = max(rooms, key=lambda room: sum(len(town.tiles(sector, room, t)) for t in rooms[room]))
    spread = list(PEOPLE).index(name)
    return sector, room, rooms[room][spread % len(rooms[room])]


def write_scenario(town: Town, folder: Path, names: list[str], at: tuple[int, int] | None) -> None:
    hour, minute = at or (0, 0)
    write_json(folder / "reverie" / "meta.json", {
        "fork_sim_code": folder.name, "start_date": START_DATE,
        "curr_time": f"{START_DATE}, {hour:02}:{minute:02}:00", "sec_per_step": 10,
        "maze_name": MAZE, "persona_names": names, "step": 0})
    environment = {}
    taken: set[tuple[int, int]] = set()
    for name in names:
        home = f"{name.split()[-1]}'s house"
        place = (home, bedroom(name), "bed")
        if at:
            place = address(town, name, doing_at(name, at))
        tiles = town.tiles(*place)
        x, y = next((tile for tile in tiles if tile not in taken), tiles[0])
        taken.add((x, y))
        environment[name] = {"maze": MAZE, "x": x, "y": y}
        memory = folder / "personas" / name / "bootstrap_memory"
        write_json(memory / "scratch.json",
                   wide_awake(town, name, at, [x, y]) if at else scratch(name))
        write_json(memory / "spatial_memory.json",
                   {WORLD: {sector: rooms for sector, rooms in town.tree.items()
                            if sector in PUBLIC or sector == home}})
        write_json(memory / "associative_memory" / "embeddings.json", {})
        write_json(memory / "associative_memory" / "nodes.json", {})
        write_json(memory / "associative_memory" / "kw_strength.json",
                   {"kw_strength_event": {}, "kw_strength_thought": {}})
    write_json(folder / "environment" / "0.json", environment)


def main(root: Path) -> None:
    frontend = root / "environment" / "frontend_server"
    town = Town()
    assets = frontend / "static_dirs" / "assets" / MAZE
    town.write(assets / "matrix")
    (assets / "agent_history_init_n5.csv").write_text("Name,Whisper\n" + "".join(
        f"{name},You keep a stall at the summer fair; You are fond of {friend}\n"
        for name, friend in zip(FIVE, FIVE[1:] + FIVE[:1])))
    (frontend / "temp_storage").mkdir(parents=True, exist_ok=True)
    (frontend / "temp_storage" / ".gitkeep").touch()
    for name, (people, at) in SCENARIOS.items():
        shutil.rmtree(frontend / "storage" / name, ignore_errors=True)
        write_scenario(town, frontend / "storage" / name, people, at)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
