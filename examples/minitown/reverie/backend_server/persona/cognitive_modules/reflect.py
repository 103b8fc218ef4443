"""Reflecting: thoughts about what happened, and about a conversation that ends."""
import datetime

from persona.cognitive_modules.perceive import generate_poig_score
from persona.cognitive_modules.retrieve import *
from persona.prompt_template.run_gpt_prompt import *
from persona.prompt_template.gpt_structure import *


def remember_thought(persona, thought, evidence):
    """Add a thought that lasts for 30 days; evidence: ids of the nodes that it rests on."""
    created = persona.scratch.curr_time
    s, p, o = run_gpt_prompt_event_triple(thought, persona)[0]
    poignancy = generate_poig_score(persona, "thought", thought)
    persona.a_mem.add_thought(created, created + datetime.timedelta(days=30), s, p, o, thought,
                              {s, p, o}, poignancy, (thought, get_embedding(thought)), evidence)


def run_reflect(persona):
    latest = nodes_by_access(persona)[-persona.scratch.importance_ele_n:]
    statements = "\n".join(node.embedding_key for node in latest)
    focal_points = run_gpt_prompt_focal_pt(persona, statements, 3)[0]
    for nodes in new_retrieve(persona, focal_points).values():
        statements = "\n".join(f"{i}. {node.embedding_key}" for i, node in enumerate(nodes))
        insights = run_gpt_prompt_insight_and_guidance(persona, statements, 3)[0]
        for thought, evidence in insights.items():
            remember_thought(persona, thought,
                             [nodes[i].node_id for i in evidence if i < len(nodes)])


def reflection_trigger(persona):
    a_mem = persona.a_mem
    return persona.scratch.importance_trigger_curr <= 0 and bool(a_mem.seq_event
                                                                 or a_mem.seq_thought)


def reset_reflection_counter(persona):
    persona.scratch.importance_trigger_curr = persona.scratch.importance_trigger_max
    persona.scratch.importance_ele_n = 0


def reflect(persona):
    """Reflect when enough has mattered, and in the last step of a conversation."""
    if reflection_trigger(persona):
        print(f"{persona.name} reflects")
        run_reflect(persona)
        reset_reflection_counter(persona)

    scratch = persona.scratch
    if scratch.chatting_end_time == scratch.curr_time + datetime.timedelta(seconds=10):
        all_utt = "\n".join(f"{name}: {line}" for name, line in scratch.chat or [])
        last_chat = persona.a_mem.get_last_chat(scratch.chatting_with)
        evidence = [last_chat.node_id] if last_chat else []
        planning_thought = run_gpt_prompt_planning_thought_on_convo(persona, all_utt)[0]
        remember_thought(persona, f"For {persona.name}'s planning: {planning_thought}", evidence)
        memo = run_gpt_prompt_memo_on_convo(persona, all_utt)[0]
        remember_thought(persona, f"{persona.name} {memo}", evidence)
