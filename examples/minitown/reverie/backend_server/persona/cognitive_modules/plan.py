"""Planning: the day, the next action, and reactions to what just happened."""
import datetime
import math
import random

from persona.cognitive_modules.converse import *
from persona.cognitive_modules.retrieve import *
from persona.prompt_template.run_gpt_prompt import *
from persona.prompt_template.gpt_structure import *

DATE_AND_TIME = "%B %d, %Y, %H:%M:%S"
DAY = 24 * 60
# Steps before the same two talk again.
CHAT_PAUSE = 800


def plan(persona, maze, personas, new_day, retrieved):
    """The address of what the persona does now.

    new_day: False, "First day" (of a simulation) or "New day".
    """
    scratch = persona.scratch
    if new_day:
        _long_term_planning(persona, new_day)
    if scratch.act_check_finished():
        _determine_action(persona, maze)

    focused_event = _choose_retrieved(persona, retrieved)
    if focused_event:
        reaction_mode = _should_react(persona, focused_event, personas)
        if reaction_mode and reaction_mode.startswith("chat with"):
            _chat_react(maze, persona, personas[reaction_mode[9:].strip()])
        elif reaction_mode:
            _wait_react(persona, reaction_mode)

    if scratch.act_event[1] != "chat with":
        scratch.chatting_with = None
        scratch.chat = None
        scratch.chatting_end_time = None
    for name in scratch.chatting_with_buffer:
        if name != scratch.chatting_with:
            scratch.chatting_with_buffer[name] -= 1
    return scratch.act_address


# The day

def _long_term_planning(persona, new_day):
    scratch = persona.scratch
    wake_up_hour = int(run_gpt_prompt_wake_up_hour(persona)[0])
    if new_day == "New day":
        _revise_identity(persona)
    scratch.daily_req = run_gpt_prompt_daily_plan(persona, wake_up_hour)[0]
    scratch.f_daily_schedule = generate_hourly_schedule(persona, wake_up_hour)
    scratch.f_daily_schedule_hourly_org = scratch.f_daily_schedule[:]

    today = scratch.get_str_curr_date_str()
    thought = f"{scratch.name}'s plan for {today}: {', '.join(scratch.daily_req)}."
    expiration = scratch.curr_time + datetime.timedelta(days=30)
    persona.a_mem.add_thought(scratch.curr_time, expiration, scratch.name, "plan", today, thought,
                              {"plan"}, 5, (thought, get_embedding(thought)), None)
    print(thought)


def generate_hourly_schedule(persona, wake_up_hour):
    """The day as blocks [activity, minutes]; up to three tries for one with some variety."""
    for _ in range(3):
        activities = ["sleeping"] * wake_up_hour
        while len(activities) < 24:
            activities.append(run_gpt_prompt_generate_hourly_schedule(persona, activities)[0])
        if len(set(activities)) >= 5:
            break
    blocks = []
    for activity in activities:
        if blocks and blocks[-1][0] == activity:
            blocks[-1][1] += 60
        else:
            blocks.append([activity, 60])
    return blocks


def _revise_identity(persona):
    """What yesterday changes about a persona and its plans."""
    scratch = persona.scratch
    retrieved = new_retrieve(persona, [f"{scratch.name}'s plans for the coming days",
                                       f"What mattered lately to {scratch.name}"])
    statements = "\n".join(node.embedding_key for nodes in retrieved.values() for node in nodes)
    note = run_gpt_prompt_plan_note(persona, statements)[0]
    scratch.currently = run_gpt_prompt_new_status(persona, note)[0]


# The next action

def _decompose(persona, advance):
    """Split what the day holds `advance` minutes from now into parts, if it is long."""
    schedule = persona.scratch.f_daily_schedule
    index = persona.scratch.get_f_daily_schedule_index(advance)
    if index < len(schedule):
        activity, minutes = schedule[index]
        if minutes >= 60 and "sleep" not in activity:
            schedule[index:index + 1] = run_gpt_prompt_task_decomp(persona, activity, minutes)[0]


def _determine_action(persona, maze):
    scratch = persona.scratch
    _decompose(persona, 0)
    _decompose(persona, 60)
    planned = sum(minutes for _, minutes in scratch.f_daily_schedule)
    if planned < DAY:
        scratch.f_daily_schedule.append(["sleeping", DAY - planned])

    index = scratch.get_f_daily_schedule_index()
    act_desp = scratch.f_daily_schedule[index][0]
    # After a reaction the action may begin late; it ends when it should.
    until = sum(minutes for _, minutes in scratch.f_daily_schedule[:index + 1])
    act_dura = until - scratch.curr_time.hour * 60 - scratch.curr_time.minute

    act_world = maze.access_tile(scratch.curr_tile)["world"]
    act_sector = run_gpt_prompt_action_sector(act_desp, persona, maze)[0]
    act_arena = run_gpt_prompt_action_arena(act_desp, persona, maze, act_world, act_sector)[0]
    arena_address = f"{act_world}:{act_sector}:{act_arena}"
    act_game_object = "<random>"
    if persona.s_mem.get_str_accessible_arena_game_objects(arena_address):
        act_game_object = run_gpt_prompt_action_game_object(act_desp, persona, maze,
                                                            arena_address)[0]
    act_pron = run_gpt_prompt_pronunciatio(act_desp, persona)[0]
    act_event = run_gpt_prompt_event_triple(act_desp, persona)[0]
    obj_desp = run_gpt_prompt_act_obj_desc(act_game_object, act_desp, persona)[0]
    obj_pron = run_gpt_prompt_pronunciatio(obj_desp, persona)[0]
    obj_event = run_gpt_prompt_act_obj_event_triple(act_game_object, obj_desp, persona)[0]
    scratch.add_new_action(f"{arena_address}:{act_game_object}", act_dura, act_desp, act_pron,
                           act_event, None, None, None, None, obj_desp, obj_pron, obj_event)


# Reactions

def _choose_retrieved(persona, retrieved):
    """The event to react to, if any: a person's before a thing's, never one's own."""
    others = [context for context in retrieved.values()
              if context["curr_event"].subject != persona.name]
    priority = ([context for context in others if ":" not in context["curr_event"].subject]
                or [context for context in others
                    if "is idle" not in context["curr_event"].description])
    return random.choice(priority) if priority else None


def _should_react(persona, retrieved, personas):
    """"chat with NAME", "wait: UNTIL", or False."""
    curr_event = retrieved["curr_event"]
    if (persona.scratch.chatting_with or "<waiting>" in persona.scratch.act_address
            or ":" in curr_event.subject):
        return False
    target = personas[curr_event.subject]
    if _lets_talk(persona, target, retrieved):
        return f"chat with {target.name}"
    return _lets_react(persona, target, retrieved)


def _both_awake(init_persona, target_persona):
    init, target = init_persona.scratch, target_persona.scratch
    if not (init.act_address and init.act_description
            and target.act_address and target.act_description):
        return False
    if "sleeping" in init.act_description or "sleeping" in target.act_description:
        return False
    return init.curr_time.hour != 23


def _lets_talk(init_persona, target_persona, retrieved):
    init, target = init_persona.scratch, target_persona.scratch
    if (not _both_awake(init_persona, target_persona) or "<waiting>" in target.act_address
            or init.chatting_with or target.chatting_with
            or init.chatting_with_buffer.get(target_persona.name, 0) > 0):
        return False
    return run_gpt_prompt_decide_to_talk(init_persona, target_persona, retrieved)[0] == "yes"


def _lets_react(init_persona, target_persona, retrieved):
    init, target = init_persona.scratch, target_persona.scratch
    if (not _both_awake(init_persona, target_persona) or "waiting" in target.act_description
            or not init.planned_path or init.act_address != target.act_address):
        return False
    if run_gpt_prompt_decide_to_react(init_persona, target_persona, retrieved)[0] != "1":
        return False
    wait_until = target.act_start_time + datetime.timedelta(minutes=target.act_duration - 1)
    return f"wait: {wait_until.strftime(DATE_AND_TIME)}"


def _whole_minute(moment):
    """The moment itself, or the next full minute."""
    return moment + datetime.timedelta(seconds=-moment.second % 60)


def _chat_react(maze, init_persona, target_persona):
    """Let two personas talk at once, and let both spend the time that it takes."""
    convo = agent_chat_v2(maze, init_persona, target_persona)
    letters = sum(len(f"{name}: {line}\n") for name, line in convo)
    duration_min = max(1, math.ceil(letters // 8 / 30))
    summary = run_gpt_prompt_summarize_conversation(init_persona, convo)[0]
    # Under the target's clock, which is a step behind if it has yet to move.
    chatting_end_time = (_whole_minute(target_persona.scratch.curr_time)
                         + datetime.timedelta(minutes=duration_min))
    for p, other in ((init_persona, target_persona), (target_persona, init_persona)):
        _create_react(p, summary, duration_min, f"<persona> {other.name}",
                      (p.name, "chat with", other.name), other.name, convo,
                      {other.name: CHAT_PAUSE}, chatting_end_time, "💬",
                      None, None, (None, None, None), target_persona.scratch.act_start_time)


def _wait_react(persona, reaction_mode):
    """Stand still until the other is done."""
    scratch = persona.scratch
    end_time = datetime.datetime.strptime(reaction_mode[len("wait:"):].strip(), DATE_AND_TIME)
    minutes = (end_time.hour - scratch.curr_time.hour) * 60 + end_time.minute + 1
    duration_min = max(1, minutes - scratch.curr_time.minute)
    task = scratch.act_description.split("(")[-1].rstrip(")")
    _create_react(persona, f"waiting to start {task}", duration_min,
                  f"<waiting> {scratch.curr_tile[0]} {scratch.curr_tile[1]}",
                  (persona.name, "waiting to start", task), None, None, None, None, "⌛",
                  None, None, (None, None, None))


def _create_react(persona, inserted_act, inserted_act_dur, act_address, act_event, chatting_with,
                  chat, chatting_with_buffer, chatting_end_time, act_pronunciatio,
                  act_obj_description, act_obj_pronunciatio, act_obj_event, act_start_time=None):
    """Put an action of some minutes, from now on, into the schedule and begin it."""
    scratch = persona.scratch
    midnight = scratch.curr_time.replace(hour=0, minute=0, second=0)
    end_time = chatting_end_time or (_whole_minute(scratch.curr_time)
                                     + datetime.timedelta(minutes=inserted_act_dur))
    now = (scratch.curr_time - midnight).seconds // 60
    until = min(int((end_time - midnight).total_seconds()) // 60, DAY)
    first, last, start, end = _schedule_window(scratch, until)
    scratch.f_daily_schedule[first:last] = generate_new_decomp_schedule(
        persona, scratch.f_daily_schedule[first:last], start, now, inserted_act, until, end)
    scratch.add_new_action(act_address, inserted_act_dur, inserted_act, act_pronunciatio,
                           act_event, chatting_with, chat, chatting_with_buffer,
                           chatting_end_time, act_obj_description, act_obj_pronunciatio,
                           act_obj_event, act_start_time)


def _schedule_window(scratch, until):
    """The part of the schedule to revise: indices [first, last) and minutes [start, end).

    It is the current block of hours, and the next one if that is short, in whole entries.
    """
    blocks = scratch.f_daily_schedule_hourly_org
    index = scratch.get_f_daily_schedule_hourly_org_index()
    block_start = sum(minutes for _, minutes in blocks[:index])
    block_end = block_start + blocks[index][1]
    if blocks[index][1] < 120 and index + 1 < len(blocks):
        block_end += blocks[index + 1][1]
    first, start, end = None, 0, 0
    for i, (_, minutes) in enumerate(scratch.f_daily_schedule):
        if end >= max(block_end, until):
            return first, i, start, end
        if first is None and end + minutes > block_start:
            first, start = i, end
        end += minutes
    return first, len(scratch.f_daily_schedule), start, end


def generate_new_decomp_schedule(persona, entries, start, now, inserted_act, until, end):
    """The entries with the inserted action at [now, until) and the rest as the persona likes."""
    revised = _between(entries, start, start, now)
    revised.append([inserted_act, until - now])
    if until < end:
        rest = _between(entries, start, until, end)
        revised += run_gpt_prompt_new_decomp_schedule(persona, rest, inserted_act, until, end)[0]
    return revised


def _between(entries, start, low, high):
    """What of the entries, which begin at minute `start`, falls into [low, high)."""
    ret = []
    for activity, minutes in entries:
        duration = min(start + minutes, high) - max(start, low)
        if duration > 0:
            ret.append([activity, duration])
        start += minutes
    return ret
