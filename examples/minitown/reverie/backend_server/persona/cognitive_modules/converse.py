"""Talking: two personas in turn, or an interviewer and a persona."""
import datetime

from persona.cognitive_modules.reflect import remember_thought
from persona.cognitive_modules.retrieve import *
from persona.prompt_template.run_gpt_prompt import *


def agent_chat_v2(maze, init_persona, target_persona):
    """A conversation, as a list of [name, utterance]; each has at most eight turns."""
    curr_chat = []
    speaker, listener = init_persona, target_persona
    for _ in range(16):
        utterance, end = _one_turn(maze, speaker, listener, curr_chat)
        curr_chat.append([speaker.scratch.name, utterance])
        if end:
            break
        speaker, listener = listener, speaker
    print(f"{init_persona.name} and {target_persona.name} said {len(curr_chat)} things")
    return curr_chat


def _one_turn(maze, speaker, listener, curr_chat):
    """What the speaker says next, and whether that ends the conversation."""
    retrieved = new_retrieve(speaker, [listener.scratch.name], 50)
    statements = "\n".join(node.embedding_key for nodes in retrieved.values() for node in nodes)
    relationship = run_gpt_prompt_agent_chat_summarize_relationship(
        speaker, listener, statements)[0]
    focal_points = [relationship, f"{listener.scratch.name} is {listener.scratch.act_description}"]
    if curr_chat:
        focal_points.append("\n".join(": ".join(row) for row in curr_chat[-4:]))
    retrieved = new_retrieve(speaker, focal_points, 15)
    context = (f"{speaker.scratch.name} was {speaker.scratch.act_description} and saw that "
               f"{listener.scratch.name} was {listener.scratch.act_description}.")
    said = run_gpt_generate_iterative_chat_utt(maze, speaker, listener, retrieved, context,
                                               curr_chat)[0]
    return said["utterance"], said["end"]


def load_history_via_whisper(personas, whispers):
    """Make each (name, whisper) a thought of that persona."""
    for name, whisper in whispers:
        persona = personas[name]
        thought = run_gpt_prompt_generate_whisper_inner_thought(persona, whisper)[0]
        remember_thought(persona, thought, None)


def open_convo_session(persona, convo_mode):
    """Interview a persona ("analysis": it will not remember) or whisper to it ("whisper")."""
    if convo_mode == "whisper":
        whisper = input("Enter Input: ")
        load_history_via_whisper({persona.name: persona}, [[persona.name, whisper]])
        return
    curr_convo = []
    while (line := input("Enter Input: ")) != "end_convo":
        if int(run_gpt_generate_safety_score(persona, line)[0]) >= 8:
            print(f"{persona.name} is a program; please do not treat it as a human being.")
            continue
        nodes = new_retrieve(persona, [line], 50)[line]
        statements = "\n".join(node.embedding_key for node in nodes)
        idea = run_gpt_prompt_summarize_ideas(persona, statements, line)[0]
        curr_convo.append(["Interviewer", line])
        answer = run_gpt_prompt_generate_next_convo_line(persona, "Interviewer", curr_convo,
                                                         idea)[0]
        curr_convo.append([persona.name, answer])
        print(f"{persona.name}: {answer}")
