"""The simulation server: moves everybody one step of game time after the other.

    python reverie.py      (with a utils.py beside this file, see README)
"""
import datetime
import json
import os
import shutil
import time
import traceback

from global_methods import *
from utils import *
from maze import *
from persona.persona import *

DATE, DATE_AND_TIME = "%B %d, %Y", "%B %d, %Y, %H:%M:%S"


def write_json(path, value):
    with open(path, "w") as outfile:
        outfile.write(json.dumps(value, indent=2))


def read_environment(path):
    """What the frontend wrote; None while it has not, or not all of it."""
    if not check_if_file_exists(path):
        return None
    try:
        with open(path) as json_file:
            return json.load(json_file)
    except ValueError:
        return None


class ReverieServer:
    def __init__(self, fork_sim_code, sim_code):
        self.fork_sim_code = fork_sim_code
        self.sim_code = sim_code
        sim_folder = f"{fs_storage}/{sim_code}"
        copyanything(f"{fs_storage}/{fork_sim_code}", sim_folder)

        with open(f"{sim_folder}/reverie/meta.json") as json_file:
            reverie_meta = json.load(json_file)
        reverie_meta["fork_sim_code"] = fork_sim_code
        write_json(f"{sim_folder}/reverie/meta.json", reverie_meta)

        self.start_time = datetime.datetime.strptime(reverie_meta["start_date"], DATE)
        self.curr_time = datetime.datetime.strptime(reverie_meta["curr_time"], DATE_AND_TIME)
        # Seconds of game time.
        self.sec_per_step = reverie_meta["sec_per_step"]
        self.maze = Maze(reverie_meta["maze_name"])
        self.step = reverie_meta["step"]

        self.personas = {}
        self.personas_tile = {}
        with open(f"{sim_folder}/environment/{self.step}.json") as json_file:
            init_env = json.load(json_file)
        for persona_name in reverie_meta["persona_names"]:
            persona = Persona(persona_name, f"{sim_folder}/personas/{persona_name}")
            tile = (init_env[persona_name]["x"], init_env[persona_name]["y"])
            self.personas[persona_name] = persona
            self.personas_tile[persona_name] = tile
            self.maze.add_event_from_tile(persona.scratch.get_curr_event_and_desc(), tile)

        # Seconds of real time between two looks for the environment file.
        self.server_sleep = 0.1

        # The frontend learns from these two files what to show.
        write_json(f"{fs_temp_storage}/curr_sim_code.json", {"sim_code": sim_code})
        write_json(f"{fs_temp_storage}/curr_step.json", {"step": self.step})

    def save(self):
        sim_folder = f"{fs_storage}/{self.sim_code}"
        write_json(f"{sim_folder}/reverie/meta.json", {
            "fork_sim_code": self.fork_sim_code,
            "start_date": self.start_time.strftime(DATE),
            "curr_time": self.curr_time.strftime(DATE_AND_TIME),
            "sec_per_step": self.sec_per_step,
            "maze_name": self.maze.maze_name,
            "persona_names": list(self.personas),
            "step": self.step,
        })
        for persona_name, persona in self.personas.items():
            persona.save(f"{sim_folder}/personas/{persona_name}/bootstrap_memory")

    def start_server(self, int_counter):
        """Run int_counter steps, each as soon as the frontend has written its environment file."""
        sim_folder = f"{fs_storage}/{self.sim_code}"
        os.makedirs(f"{sim_folder}/movement", exist_ok=True)
        # The object events that this step switched on, and where; the next step turns them off.
        game_obj_cleanup = {}
        while int_counter > 0:
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
                        # Arrived: its object's event is on, and the object no longer at rest.
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

    def open_server(self):
        """Ask for commands until "fin" or "exit"."""
        print("Note: the people of this town are programs that ask a language model what to do.")
        while True:
            command = input("Enter option: ").strip()
            if command.lower() in ("f", "fin", "finish", "save and finish"):
                self.save()
                break
            if command.lower() == "exit":
                shutil.rmtree(f"{fs_storage}/{self.sim_code}")
                break
            try:
                print(self._answer(command))
            except Exception:
                traceback.print_exc()
                print("Error.")

    def _answer(self, command):
        """Carry out one command of open_server; the text to show."""
        lower = command.lower()
        # Commands about one persona end in its first and last name.
        named = self.personas.get(" ".join(command.split()[-2:]))
        if lower == "save":
            self.save()
        elif lower.startswith("run"):
            # Through the global, as in the original: whoever replaces rs is asked.
            rs.start_server(int(command.split()[-1]))
        elif lower.startswith("print persona schedule"):
            return named.scratch.get_str_daily_schedule_summary()
        elif lower.startswith("print all persona schedule"):
            return "".join(f"{name}\n{persona.scratch.get_str_daily_schedule_summary()}\n---\n"
                           for name, persona in self.personas.items())
        elif lower.startswith("print hourly org persona schedule"):
            return named.scratch.get_str_daily_schedule_hourly_org_summary()
        elif lower.startswith("print persona current tile"):
            return str(named.scratch.curr_tile)
        elif lower.startswith("print persona chatting with buffer"):
            return "".join(f"{name}: {count}\n"
                           for name, count in named.scratch.chatting_with_buffer.items())
        elif lower.startswith("print persona associative memory (event)"):
            return named.a_mem.get_str_seq_events()
        elif lower.startswith("print persona associative memory (thought)"):
            return named.a_mem.get_str_seq_thoughts()
        elif lower.startswith("print persona associative memory (chat)"):
            return named.a_mem.get_str_seq_chats()
        elif lower.startswith("print persona spatial memory"):
            named.s_mem.print_tree()
        elif lower.startswith("print current time"):
            return f"{self.curr_time.strftime(DATE_AND_TIME)}\nsteps: {self.step}"
        elif lower.startswith("print tile event"):
            return "".join(f"{event}\n" for event in self._tile_named(command)["events"])
        elif lower.startswith("print tile details"):
            return "".join(f"{key}: {value}\n" for key, value in self._tile_named(command).items())
        elif lower.startswith("call -- analysis"):
            self.personas[command[len("call -- analysis"):].strip()].open_convo_session("analysis")
        elif lower.startswith("call -- load history"):
            history = f"{maze_assets_loc}/{command[len('call -- load history'):].strip()}"
            rows = read_file_to_list(history, header=True)[1]
            load_history_via_whisper(self.personas, [[name, whisper.strip()] for name, text in rows
                                                     for whisper in text.split(";")])
        return ""

    def _tile_named(self, command):
        """The tile of a command that ends in "x, y"."""
        x, y = command.replace(",", " ").split()[-2:]
        return self.maze.access_tile((int(x), int(y)))


if __name__ == '__main__':
    origin = input("Enter the name of the forked simulation: ").strip()
    target = input("Enter the name of the new simulation: ").strip()

    rs = ReverieServer(origin, target)
    rs.open_server()
