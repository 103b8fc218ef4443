"""Shows a prompt and what came of it when debug is set in utils.py."""


def print_run_prompts(prompt_template=None, persona=None, gpt_param=None, prompt_input=None,
                      prompt=None, output=None):
    print(f"--- {prompt_template} for {persona.name} {gpt_param}")
    print(prompt)
    print(f"--- {output}")
