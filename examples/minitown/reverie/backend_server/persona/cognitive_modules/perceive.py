"""Seeing: events nearby enter the memory stream, places enter the spatial memory."""
import math

from persona.prompt_template.gpt_structure import *
from persona.prompt_template.run_gpt_prompt import *


def perceive(persona, maze):
    """New events among the nearest ones in sight, as nodes just added to memory.

    In sight is the square of vision_r; but through walls nothing is heard or seen, so only tiles
    of the persona's own arena count. att_bandwidth events are attended to; what is among the
    latest `retention` events of memory is no news.
    """
    scratch = persona.scratch
    curr_arena = maze.get_tile_path(scratch.curr_tile, "arena")
    nearby = {tile: maze.access_tile(tile)
              for tile in maze.get_nearby_tiles(scratch.curr_tile, scratch.vision_r)}
    # Once for each place in order of sight, not once for each tile.
    for place in dict.fromkeys((details["world"], details["sector"], details["arena"],
                                details["game_object"]) for details in nearby.values()):
        persona.s_mem.remember(*place)

    distances = {}
    for tile, details in nearby.items():
        if details["events"] and maze.get_tile_path(tile, "arena") == curr_arena:
            for event in details["events"]:
                distances.setdefault(event, math.dist(tile, scratch.curr_tile))

    ret_events = []
    for event in sorted(distances, key=distances.get)[:scratch.att_bandwidth]:
        s, p, o, desc = event if event[1] else (event[0], "is", "idle", "idle")
        if (s, p, o) not in persona.a_mem.get_summarized_latest_events(scratch.retention):
            ret_events.append(_remember_event(persona, s, p, o, f"{_last(s)} is {desc}"))
    return ret_events


def _last(address):
    return address.split(":")[-1]


def _embedding_pair(persona, text):
    embedding = persona.a_mem.embeddings.get(text)
    return (text, get_embedding(text) if embedding is None else embedding)


def _remember_event(persona, s, p, o, desc):
    scratch = persona.scratch
    keywords = {_last(s), _last(o)}
    short_desc = desc.split("(")[1].split(")")[0].strip() if "(" in desc else desc
    embedding_pair = _embedding_pair(persona, short_desc)
    poignancy = generate_poig_score(persona, "event", short_desc)

    chat_node_ids = []
    if (s, p) == (persona.name, "chat with"):
        chat_pair = _embedding_pair(persona, scratch.act_description)
        chat_poignancy = generate_poig_score(persona, "chat", scratch.act_description)
        chat_node = persona.a_mem.add_chat(
            scratch.curr_time, None, *scratch.act_event, scratch.act_description, keywords,
            chat_poignancy, chat_pair, scratch.chat)
        chat_node_ids = [chat_node.node_id]

    scratch.importance_trigger_curr -= poignancy
    scratch.importance_ele_n += 1
    return persona.a_mem.add_event(scratch.curr_time, None, s, p, o, desc, keywords, poignancy,
                                   embedding_pair, chat_node_ids)


def generate_poig_score(persona, event_type, description):
    """How much a memory matters, from 1 to 10."""
    if "is idle" in description:
        return 1
    if event_type == "chat":
        return run_gpt_prompt_chat_poignancy(persona, description)[0]
    if event_type == "thought":
        return run_gpt_prompt_thought_poignancy(persona, description)[0]
    return run_gpt_prompt_event_poignancy(persona, description)[0]
