"""One person of the town: memory, and a move in five stages."""
from persona.memory_structures.spatial_memory import *
from persona.memory_structures.associative_memory import *
from persona.memory_structures.scratch import *

from persona.cognitive_modules.perceive import *
from persona.cognitive_modules.retrieve import *
from persona.cognitive_modules.plan import *
from persona.cognitive_modules.reflect import *
from persona.cognitive_modules.execute import *
from persona.cognitive_modules.converse import *


class Persona:
    def __init__(self, name, folder_mem_saved=False):
        self.name = name
        memory = f"{folder_mem_saved}/bootstrap_memory"
        self.s_mem = MemoryTree(f"{memory}/spatial_memory.json")
        self.a_mem = AssociativeMemory(f"{memory}/associative_memory")
        self.scratch = Scratch(f"{memory}/scratch.json")

    def save(self, save_folder):
        self.s_mem.save(f"{save_folder}/spatial_memory.json")
        self.a_mem.save(f"{save_folder}/associative_memory")
        self.scratch.save(f"{save_folder}/scratch.json")

    def perceive(self, maze):
        return perceive(self, maze)

    def retrieve(self, perceived):
        return retrieve(self, perceived)

    def plan(self, maze, personas, new_day, retrieved):
        return plan(self, maze, personas, new_day, retrieved)

    def reflect(self):
        reflect(self)

    def execute(self, maze, personas, plan):
        return execute(self, maze, personas, plan)

    def move(self, maze, personas, curr_tile, curr_time):
        """One step: (next tile, emoji, what the persona is doing and where)."""
        last_time = self.scratch.curr_time
        new_day = False
        if not last_time:
            new_day = "First day"
        elif last_time.date() != curr_time.date():
            new_day = "New day"
        self.scratch.curr_tile = curr_tile
        self.scratch.curr_time = curr_time

        perceived = self.perceive(maze)
        retrieved = self.retrieve(perceived)
        plan = self.plan(maze, personas, new_day, retrieved)
        self.reflect()
        return self.execute(maze, personas, plan)

    def open_convo_session(self, convo_mode):
        open_convo_session(self, convo_mode)
