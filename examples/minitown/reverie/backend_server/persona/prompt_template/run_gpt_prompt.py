"""Every question that is put to the language model.

Each function returns the answer and, as the original does, a list of what led to it: [answer,
prompt, parameters, input, fail-safe]. Templates lie in v1/, one for each kind of question; they
begin with "[minitown:KIND]" and end in lines "Key: value".
"""
import json
import random
import re
import string

from persona.prompt_template.gpt_structure import *
from persona.prompt_template.print_prompt import *

TEMPLATES = "persona/prompt_template/v1"
TIME_OF_DAY = re.compile(r"(\d{1,2})(?::00)? ?([ap]m)\b", re.IGNORECASE)


def get_random_alphanumeric(i=6, j=6):
    """Letters and digits, i to j of them."""
    return "".join(random.choices(string.ascii_letters + string.digits, k=random.randint(i, j)))


def _check(clean):
    """A validator: whether an answer survives cleaning."""
    def validate(response, prompt=""):
        try:
            clean(response, prompt)
        except Exception:
            return False
        return True
    return validate


def _prepare(kind, max_tokens, stop, inputs):
    gpt_param = {"engine": "text-davinci-003", "max_tokens": max_tokens, "temperature": 0.5,
                 "top_p": 1, "stream": False, "frequency_penalty": 0, "presence_penalty": 0,
                 "stop": stop}
    return gpt_param, generate_prompt(inputs, f"{TEMPLATES}/{kind}.txt")


def _finish(kind, persona, gpt_param, inputs, prompt, output, fail_safe):
    if debug:
        print_run_prompts(kind, persona, gpt_param, inputs, prompt, output)
    return output, [output, prompt, gpt_param, inputs, fail_safe]


def _complete(kind, persona, inputs, clean, fail_safe, max_tokens=50, stop=None):
    """Ask for a completion, up to five times."""
    gpt_param, prompt = _prepare(kind, max_tokens, stop, inputs)
    output = safe_generate_response(prompt, gpt_param, 5, fail_safe, _check(clean), clean)
    return _finish(kind, persona, gpt_param, inputs, prompt, output, fail_safe)


def _chat(kind, persona, inputs, clean, fail_safe, example, instruction):
    """Ask the chat model for an answer in JSON, up to three times."""
    gpt_param, prompt = _prepare(kind, None, None, inputs)
    output = ChatGPT_safe_generate_response(prompt, example, instruction, 3, fail_safe,
                                            _check(clean), clean)
    if output is False:
        output = fail_safe
    return _finish(kind, persona, gpt_param, inputs, prompt, output, fail_safe)


def _single(kind, persona, inputs):
    """Ask the chat model once; what it says is taken as it is."""
    gpt_param, prompt = _prepare(kind, None, None, inputs)
    output = ChatGPT_single_request(prompt).strip()
    return _finish(kind, persona, gpt_param, inputs, prompt, output, None)


def _clean_line(response, prompt=""):
    """The first line, without quotes and full stop; it must say something."""
    line = str(response).strip().split("\n")[0].strip(" \"'.")
    if not line:
        raise ValueError("an empty answer")
    return line


def _clean_speech(response, prompt=""):
    """What is said, as it is said."""
    return str(response).strip().strip('"') or "..."


def _one_of(options):
    def clean(response, prompt=""):
        line = _clean_line(response)
        if line not in options:
            raise ValueError(f"{line} is not an option")
        return line
    return clean


def _clean_score(response, prompt=""):
    score = int(re.search(r"\d+", str(response))[0])
    if not 1 <= score <= 10:
        raise ValueError("a score out of range")
    return score


def _time_range(start, end):
    """Minutes of the day as "HH:MM - HH:MM"."""
    return f"{start // 60:02}:{start % 60:02} - {end // 60:02}:{end % 60:02}"


def _task_and_part(action_description):
    """Of "TASK (PART)" both; where there are no parts the task is its own part."""
    task, _, part = action_description.partition("(")
    return task.strip(), part.rstrip(")") or task.strip()


def _part(action_description):
    return _task_and_part(action_description)[1]


# The day

def run_gpt_prompt_wake_up_hour(persona):
    def clean(response, prompt=""):
        hour, half = TIME_OF_DAY.search(response).groups()
        return int(hour) % 12 + (12 if half.lower() == "pm" else 0)

    return _complete("wake_up_hour", persona, [persona.scratch.get_str_iss(), persona.name], clean,
                     7, 10, ["\n"])


def run_gpt_prompt_daily_plan(persona, wake_up_hour):
    def clean(response, prompt=""):
        lines = [line.strip(" -*;.") for line in response.split("\n") if TIME_OF_DAY.search(line)]
        if len(lines) < 3:
            raise ValueError("hardly a plan")
        return lines

    fail_safe = [f"{wake_up_hour} am: having breakfast at home", "9 am: tidying up at home",
                 "12 pm: having lunch at home", "2 pm: taking a walk", "6 pm: having dinner at home",
                 "10 pm: sleeping"]
    return _complete("daily_plan", persona,
                     [persona.scratch.get_str_iss(), persona.name, wake_up_hour], clean, fail_safe,
                     400)


def run_gpt_prompt_generate_hourly_schedule(persona, activities):
    def clock(hour):
        return f"{hour % 12 or 12} {'am' if hour < 12 else 'pm'}"

    past = "\n".join(f"(ID:{get_random_alphanumeric()}) {clock(hour)}: {activity}"
                     for hour, activity in enumerate(activities))
    inputs = [persona.scratch.get_str_iss(), past, "; ".join(persona.scratch.daily_req),
              persona.name, clock(len(activities)), get_random_alphanumeric()]
    return _complete("hourly_schedule", persona, inputs, _clean_line, "sleeping", 50, ["\n"])


def run_gpt_prompt_task_decomp(persona, task, duration):
    def clean(response, prompt=""):
        parts = [[part.strip(" -*."), int(minutes)] for part, minutes
                 in re.findall(r"^(?:\d+[.)])?(.+?)\((\d+) ?min", response, re.MULTILINE)]
        entries, left = [], duration
        for part, minutes in parts:
            if left and minutes:
                entries.append([f"{task} ({part})", min(minutes, left)])
                left -= entries[-1][1]
        entries[-1][1] += left
        return entries

    blocks = persona.scratch.f_daily_schedule_hourly_org
    index = persona.scratch.get_f_daily_schedule_hourly_org_index()
    outlook = ", then ".join(activity for activity, _ in blocks[index:index + 3])
    inputs = [persona.scratch.get_str_iss(), outlook, persona.name, task, duration]
    return _complete("task_decomp", persona, inputs, clean, [[task, duration]], 500)


def run_gpt_prompt_new_decomp_schedule(persona, entries, inserted_act, until, end):
    """What to do in the minutes [until, end) of the day; entries: what was planned for them."""
    def clean(response, prompt=""):
        revised, minute = [], until
        for line in response.strip().split("\n"):
            times, activity = re.match(r"([\d: -]+\d) +(\S.*)", line.strip()).groups()
            hours = [int(number) for number in re.findall(r"\d+", times)]
            if hours[0] * 60 + hours[1] != minute:
                raise ValueError("a gap in the schedule")
            revised.append([activity, hours[2] * 60 + hours[3] - minute])
            minute += revised[-1][1]
        if minute != end or min(minutes for _, minutes in revised) <= 0:
            raise ValueError("not the time asked for")
        return revised

    lines, minute = [], until
    for activity, minutes in entries:
        lines.append(f"{_time_range(minute, minute + minutes)} {activity}")
        minute += minutes
    inputs = ["\n".join(lines), persona.name, inserted_act, _time_range(until, end)]
    return _complete("new_decomp_schedule", persona, inputs, clean, entries, 1000)


def run_gpt_prompt_plan_note(persona, statements):
    return _single("plan_note", persona, [statements, persona.scratch.get_str_curr_date_str(),
                                          persona.name])


def run_gpt_prompt_new_status(persona, plan_note):
    return _single("new_status", persona, [persona.scratch.get_str_iss(), plan_note, persona.name])


# The next action

def run_gpt_prompt_action_sector(action_description, persona, maze):
    here = maze.access_tile(persona.scratch.curr_tile)
    home = persona.scratch.living_area.split(":")[1]
    known = persona.s_mem.get_str_accessible_sectors(here["world"]).split(", ")
    options = [sector for sector in known if "'s house" not in sector or sector == home]
    inputs = [persona.scratch.daily_plan_req, persona.name, home, here["sector"] or "outdoors",
              *_task_and_part(action_description), "; ".join(options)]
    return _complete("action_sector", persona, inputs, _one_of(options), home, 20, ["\n"])


def run_gpt_prompt_action_arena(action_description, persona, maze, act_world, act_sector):
    known = persona.s_mem.get_str_accessible_sector_arenas(f"{act_world}:{act_sector}").split(", ")
    options = [arena for arena in known if "'s room" not in arena or persona.name in arena]
    inputs = [persona.name, act_sector, *_task_and_part(action_description), "; ".join(options)]
    return _complete("action_arena", persona, inputs, _one_of(options), options[-1], 20, ["\n"])


def run_gpt_prompt_action_game_object(action_description, persona, maze, temp_address):
    options = persona.s_mem.get_str_accessible_arena_game_objects(temp_address).split(", ")
    inputs = [persona.name, _part(action_description), "; ".join(options)]
    output, led_by = _complete("action_object", persona, inputs, _one_of(options), None, 20, ["\n"])
    return output or random.choice(options), led_by


def run_gpt_prompt_pronunciatio(action_description, persona):
    def clean(response, prompt=""):
        return _clean_line(response)[:3]

    return _chat("pronunciatio", persona, [_part(action_description)], clean, "🙂", "🛁🎶",
                 "The output is one to three emoji and nothing else.")


def _event_triple(subject, description, persona):
    def clean(response, prompt=""):
        verb, thing = _clean_line(response).strip("()").split(",")
        return verb.strip(), thing.strip()

    output, led_by = _complete("event_triple", persona, [subject, _part(description)], clean,
                               ("is", "idle"), 30, ["\n"])
    return (subject, *output), led_by


def run_gpt_prompt_event_triple(action_description, persona):
    return _event_triple(persona.name, action_description, persona)


def run_gpt_prompt_act_obj_event_triple(act_game_object, act_obj_desc, persona):
    return _event_triple(act_game_object, act_obj_desc, persona)


def run_gpt_prompt_act_obj_desc(act_game_object, act_desp, persona):
    return _chat("obj_desc", persona, [act_game_object, persona.name, _part(act_desp)], _clean_line,
                 "idle", "being repaired", "The output is the state of the object in a few words.")


# What is seen

def _poignancy(kind, persona, description):
    inputs = [persona.scratch.get_str_iss(), persona.name, description]
    return _chat(kind, persona, inputs, _clean_score, 4, "3", "The output is one whole number.")


def run_gpt_prompt_event_poignancy(persona, event_description):
    return _poignancy("poignancy_event", persona, event_description)


def run_gpt_prompt_thought_poignancy(persona, event_description):
    return _poignancy("poignancy_thought", persona, event_description)


def run_gpt_prompt_chat_poignancy(persona, event_description):
    return _poignancy("poignancy_chat", persona, event_description)


def _scene(persona):
    scratch = persona.scratch
    way = "is on the way to" if scratch.planned_path else "is busy with"
    return f"{persona.name} {way} {_part(scratch.act_description)}"


def _context(retrieved):
    nodes = retrieved["events"] + retrieved["thoughts"]
    return "\n".join(f"- {node.description}" for node in nodes)


def run_gpt_prompt_decide_to_talk(persona, target_persona, retrieved):
    last_chat = persona.a_mem.get_last_chat(target_persona.name)
    last = f"{last_chat.created:%H:%M}, {last_chat.description}" if last_chat else "never"
    inputs = [_context(retrieved), f"{persona.scratch.curr_time:%B %d, %H:%M}", _scene(persona),
              _scene(target_persona), last, persona.name, target_persona.name]
    return _complete("decide_to_talk", persona, inputs, lambda response, prompt="":
                     _one_of(["yes", "no"])(response.lower()), "yes", 20, ["\n"])


def run_gpt_prompt_decide_to_react(persona, target_persona, retrieved):
    """"1": wait for the other, "2": do something else first, "3": go on."""
    inputs = [_context(retrieved), f"{persona.scratch.curr_time:%B %d, %H:%M}", _scene(persona),
              _scene(target_persona), persona.scratch.act_address, persona.name,
              target_persona.name]
    return _complete("decide_to_react", persona, inputs, _one_of(["1", "2", "3"]), "3", 20, ["\n"])


# Talk and thought

def run_gpt_prompt_agent_chat_summarize_relationship(persona, target_persona, statements):
    return _chat("relationship", persona, [statements, persona.name, target_persona.name],
                 _clean_line, f"{persona.name} knows {target_persona.name}",
                 "Jo Doe finds Kim Roe good company", "The output is one sentence.")


def run_gpt_generate_iterative_chat_utt(maze, init_persona, target_persona, retrieved,
                                        curr_context, curr_chat):
    """{"utterance": what is said, "end": whether that ends the conversation}."""
    def clean(response, prompt=""):
        said = json.loads(response[response.find("{"):response.rfind("}") + 1])
        return {"utterance": _clean_speech(said["utterance"]), "end": bool(said["end"])}

    here = maze.access_tile(init_persona.scratch.curr_tile)
    memories = "\n".join(f"- {node.description}" for nodes in retrieved.values() for node in nodes)
    lines = "\n".join(": ".join(row) for row in curr_chat)
    inputs = [init_persona.scratch.get_str_iss(), memories, curr_context,
              f"{here['arena']} {here['sector']}".strip() or "outdoors", lines,
              init_persona.name, target_persona.name, len(curr_chat)]
    gpt_param, prompt = _prepare("utterance", None, None, inputs)
    fail_safe = {"utterance": "...", "end": False}
    output = ChatGPT_safe_generate_response_OLD(prompt, 3, fail_safe, _check(clean), clean)
    return _finish("utterance", init_persona, gpt_param, inputs, prompt, output, fail_safe)


def _lines(conversation):
    return "\n".join(f"{name}: {line}" for name, line in conversation)


def run_gpt_prompt_summarize_conversation(persona, conversation):
    return _chat("conversation_summary", persona, [_lines(conversation), persona.name],
                 _clean_line, "talking about the day", "talking about the price of bread",
                 'The output begins with "talking about".')


def run_gpt_prompt_focal_pt(persona, statements, n):
    def clean(response, prompt=""):
        questions = [line.strip(" -*0123456789.)") for line in str(response).split("\n")]
        return [question for question in questions if question][:n] or [_clean_line(response)]

    return _complete("focal_points", persona, [statements, persona.name, n], clean,
                     [f"Who is {persona.name}?"], 150)


def run_gpt_prompt_insight_and_guidance(persona, statements, n):
    """{insight: numbers of the statements that it rests on}."""
    def clean(response, prompt=""):
        found = re.findall(r"^(?:\d+[.)])?(.+?)\(because of ([\d, ]+)\)", response, re.MULTILINE)
        if not found:
            raise ValueError("no insight")
        return {insight.strip(" -*"): [int(number) for number in re.findall(r"\d+", because)]
                for insight, because in found[:n]}

    return _complete("insights", persona, [statements, persona.name, n], clean,
                     {f"{persona.name} has had an ordinary day": [0]}, 200)


def run_gpt_prompt_planning_thought_on_convo(persona, all_utt):
    return _complete("planning_thought", persona, [all_utt, persona.name], _clean_line,
                     "nothing to remember", 50, ["\n"])


def run_gpt_prompt_memo_on_convo(persona, all_utt):
    return _chat("memo", persona, [all_utt, persona.name], _clean_line, "enjoyed the talk",
                 "found the talk with Jo Doe amusing",
                 "The output is a phrase that follows the name of the persona.")


# With the person at the keyboard

def run_gpt_prompt_summarize_ideas(persona, statements, question):
    return _chat("summarize_ideas", persona, [statements, question, persona.name], _clean_line,
                 "...", "Jo Doe likes the sea", "The output is one sentence.")


def run_gpt_prompt_generate_next_convo_line(persona, interlocutor_desc, prev_convo,
                                            retrieved_summary):
    inputs = [persona.scratch.get_str_iss(), _lines(prev_convo), retrieved_summary, persona.name,
              interlocutor_desc]
    return _complete("next_line", persona, inputs, _clean_speech, "...", 250, ["\n"])


def run_gpt_prompt_generate_whisper_inner_thought(persona, whisper):
    return _complete("inner_thought", persona, [persona.name, whisper], _clean_line, "...", 50,
                     ["\n"])


def run_gpt_generate_safety_score(persona, comment):
    return _chat("safety", persona, [persona.name, comment], _clean_score, 1, "1",
                 "The output is one whole number.")
