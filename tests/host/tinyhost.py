"""The smallest host that has the folders and interfaces of the real one.

It cannot simulate; it can be located, imported, diagnosed and patched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

BACKEND: Final = Path("reverie/backend_server")
FRONTEND: Final = Path("environment/frontend_server")
STORAGE: Final = FRONTEND / "storage"
MATRIX: Final = FRONTEND / "static_dirs/assets/tinyville/matrix"
SCENARIO: Final = "base_tiny"
PERSONAS: Final = ("Ada Byron", "Alan Turing")

REVERIE: Final = '''"""The tiny server.

import nothing here: this line only looks like an import
"""
import json
from selenium import webdriver

from global_methods import *
from utils import *
from maze import *
from persona.persona import *


class ReverieServer:
  def __init__(self, origin, target):
    self.sim_code = target
    self.personas, self.personas_tile = {}, {}
    self.maze, self.step = None, 0
    self.curr_time = self.sec_per_step = 0

  def save(self):
    pass

  def start_server(self, int_counter):
    sim_folder = f"{fs_storage}/{self.sim_code}"
    os.makedirs(f"{sim_folder}/movement", exist_ok=True)
    game_obj_cleanup = {}
    while True:
      self.answer_mail()
      if int_counter == 0:
        break
      new_env = read_environment(f"{sim_folder}/environment/{self.step}.json")
      if new_env:
        for event, tile in game_obj_cleanup.items():
          self.maze.turn_event_from_tile_idle(event, tile)
        game_obj_cleanup = {}
        for persona_name, persona in self.personas.items():
          curr_tile = self.personas_tile[persona_name]
          new_tile = (new_env[persona_name]["x"], new_env[persona_name]["y"])
          self.personas_tile[persona_name] = new_tile
          self.maze.remove_subject_events_from_tile(persona.name, curr_tile)
          self.maze.add_event_from_tile(persona.scratch.get_curr_event_and_desc(),
                         new_tile)
          if not persona.scratch.planned_path:
            obj_event = persona.scratch.get_curr_obj_event_and_desc()
            game_obj_cleanup[obj_event] = new_tile
            self.maze.add_event_from_tile(obj_event, new_tile)
            blank = (obj_event[0], None, None, None)
            self.maze.remove_event_from_tile(blank, new_tile)

        movements = {"persona": {}, "meta": {}}
        for persona_name, persona in self.personas.items():
          next_tile, pronunciatio, description = persona.move(
            self.maze, self.personas, self.personas_tile[persona_name], self.curr_time)
          movements["persona"][persona_name] = {
            "movement": next_tile,
            "pronunciatio": pronunciatio,
            "description": description,
            "chat": persona.scratch.chat,
          }
        movements["meta"]["curr_time"] = self.curr_time.strftime(DATE_AND_TIME)
        write_json(f"{sim_folder}/movement/{self.step}.json", movements)

        self.step += 1
        self.curr_time += datetime.timedelta(seconds=self.sec_per_step)
        int_counter -= 1
      time.sleep(self.server_sleep)

  def answer_mail(self):
    return "mail_request.json"

  def open_server(self):
    print("tiny server of", self.sim_code, debug)


if __name__ == '__main__':
  origin = input("origin? ")
  rs = ReverieServer(origin, "target")
  rs.open_server()
'''

CODE: Final = {
    "reverie.py": REVERIE,
    "global_methods.py": "import numpy\n\n\ndef helper():\n  return 1\n",
    "maze.py": """from utils import *


class Maze:
  def __init__(self, name):
    self.matrix = env_matrix
    self.tiles, self.address_tiles, self.collision_maze = [], {}, []
    self.maze_width = self.maze_height = 4

  def access_tile(self, tile): pass
  def get_nearby_tiles(self, tile, vision_r): pass
  def get_tile_path(self, tile, level): pass
  def add_event_from_tile(self, event, tile): pass
  def remove_event_from_tile(self, event, tile): pass
  def remove_subject_events_from_tile(self, subject, tile): pass
  def turn_event_from_tile_idle(self, event, tile): pass
""",
    "path_finder.py": "def path_finder(maze, start, end, block):\n  return [start]\n",
    "persona/persona.py": """from persona.cognitive_modules.perceive import *
from persona.memory_structures.associative_memory import *
from persona.memory_structures.scratch import *
from path_finder import *


class Persona:
  def __init__(self, name):
    self.scratch, self.a_mem, self.s_mem = None, None, None

  def move(self): pass
  def save(self, folder): pass
""",
    "persona/cognitive_modules/perceive.py": """from persona.prompt_template.gpt_structure import *


def perceive(persona, maze):
  return maze.access_tile((0, 0))["events"]
""",
    "persona/memory_structures/scratch.py": """class Scratch:
  def __init__(self):
    self.vision_r = 2
    self.curr_tile = self.planned_path = self.chat = None

  def get_curr_event_and_desc(self): pass
  def get_curr_obj_event_and_desc(self): pass
""",
    "persona/memory_structures/associative_memory.py": (
        "class ConceptNode: pass\n\n\nclass AssociativeMemory: pass\n"
    ),
    "persona/prompt_template/gpt_structure.py": """import openai
import time

from utils import *

openai.api_key = openai_api_key
BAD_ESCAPE = "\\d"


def temp_sleep(seconds=0.1):
  time.sleep(seconds)


def ask(prompt):
  temp_sleep()
  print("asking", prompt)
  return openai.answer(prompt)


def lazy():
  import openai
  from openai import error
  import importlib
  import lazy_part
  return openai, error, lazy_part
""",
    "lazy_part.py": "print('lazy part')\n",
}


def make_host(root: Path) -> Path:
    """Write the tiny host under ``root`` and return it."""
    for name, text in CODE.items():
        write(root / BACKEND / name, text)
    meta = {"maze_width": 4, "maze_height": 3, "world_name": "tiny"}
    write_json(root / MATRIX / "maze_meta_info.json", meta)
    write(root / MATRIX / "maze/collision_maze.csv", "0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7")
    make_scenario(root, SCENARIO)
    (root / FRONTEND / "temp_storage").mkdir()
    return root


def make_scenario(root: Path, name: str) -> Path:
    """Write a complete scenario and return its folder."""
    folder = root / STORAGE / name
    meta = {
        "fork_sim_code": name,
        "start_date": "February 13, 2023",
        "curr_time": "February 13, 2023, 00:00:00",
        "sec_per_step": 10,
        "maze_name": "tinyville",
        "persona_names": list(PERSONAS),
        "step": 0,
    }
    write_json(folder / "reverie/meta.json", meta)
    positions = {name: {"x": 3, "y": number} for number, name in enumerate(PERSONAS)}
    write_json(folder / "environment/0.json", positions)
    for persona in PERSONAS:
        memory = folder / "personas" / persona / "bootstrap_memory"
        write_json(memory / "scratch.json", {"vision_r": 2})
        write_json(memory / "spatial_memory.json", {})
        write_json(memory / "associative_memory/nodes.json", {})
        write_json(memory / "associative_memory/embeddings.json", {})
        write_json(memory / "associative_memory/kw_strength.json", {})
    return folder


def write(path: Path, text: str) -> None:
    """Write a text file without changing line endings; creates its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file; creates its folders."""
    write(path, json.dumps(value, indent=2))


def snapshot(root: Path) -> dict[str, bytes]:
    """The bytes of each file under ``root``, to show that none has changed."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
