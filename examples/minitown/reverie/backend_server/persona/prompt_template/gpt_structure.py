"""Calls of the language model through the openai package as it was before 1.0."""
import json
import time

import openai

from utils import *

openai.api_key = openai_api_key


def temp_sleep(seconds=0.1):
    time.sleep(seconds)


def ChatGPT_single_request(prompt):
    temp_sleep()
    completion = openai.ChatCompletion.create(
        model="gpt-3.5-turbo", messages=[{"role": "user", "content": prompt}])
    return completion["choices"][0]["message"]["content"]


def ChatGPT_request(prompt):
    try:
        completion = openai.ChatCompletion.create(
            model="gpt-3.5-turbo", messages=[{"role": "user", "content": prompt}])
        return completion["choices"][0]["message"]["content"]
    except:
        print("ChatGPT ERROR")
        return "ChatGPT ERROR"


def GPT_request(prompt, gpt_parameter):
    temp_sleep()
    try:
        response = openai.Completion.create(
            model=gpt_parameter["engine"],
            prompt=prompt,
            temperature=gpt_parameter["temperature"],
            max_tokens=gpt_parameter["max_tokens"],
            top_p=gpt_parameter["top_p"],
            frequency_penalty=gpt_parameter["frequency_penalty"],
            presence_penalty=gpt_parameter["presence_penalty"],
            stream=gpt_parameter["stream"],
            stop=gpt_parameter["stop"])
        return response.choices[0].text
    except:
        print("TOKEN LIMIT EXCEEDED")
        return "TOKEN LIMIT EXCEEDED"


def ChatGPT_safe_generate_response(prompt, example_output, special_instruction, repeat=3,
                                   fail_safe_response="error", func_validate=None,
                                   func_clean_up=None, verbose=False):
    """Ask for an answer wrapped in JSON; False when `repeat` answers were of no use."""
    prompt = f'"""\n{prompt}\n"""\n'
    prompt += f"Reply to the text above with one JSON object. {special_instruction}\n"
    example = json.dumps({"output": example_output}, ensure_ascii=False)
    prompt += f"Example of the JSON object: {example}"
    for _ in range(repeat):
        try:
            response = ChatGPT_request(prompt)
            output = json.loads(response[response.find("{"):response.rfind("}") + 1])["output"]
            if func_validate(output, prompt=prompt):
                return func_clean_up(output, prompt=prompt)
        except:
            pass
    return False


def ChatGPT_safe_generate_response_OLD(prompt, repeat=3, fail_safe_response="error",
                                       func_validate=None, func_clean_up=None, verbose=False):
    for _ in range(repeat):
        try:
            response = ChatGPT_request(prompt).strip()
            if func_validate(response, prompt=prompt):
                return func_clean_up(response, prompt=prompt)
        except:
            pass
    print("FAIL SAFE")
    return fail_safe_response


def safe_generate_response(prompt, gpt_parameter, repeat=5, fail_safe_response="error",
                           func_validate=None, func_clean_up=None, verbose=False):
    for _ in range(repeat):
        response = GPT_request(prompt, gpt_parameter)
        if func_validate(response, prompt=prompt):
            return func_clean_up(response, prompt=prompt)
    print("FAIL SAFE")
    return fail_safe_response


def generate_prompt(curr_input, prompt_lib_file):
    """The text of a template with its !<INPUT n>! filled in."""
    with open(prompt_lib_file) as template:
        prompt = template.read()
    for count, value in enumerate(curr_input):
        prompt = prompt.replace(f"!<INPUT {count}>!", str(value))
    return prompt.strip()


def get_embedding(text, model="text-embedding-ada-002"):
    text = text.replace("\n", " ") or "nothing at all"
    return openai.Embedding.create(input=[text], model=model)["data"][0]["embedding"]
