"""How forks ask by each SDK: the call forms that its documentation publishes.

Each form is the body of a function of host code that returns what the fork would use. The model
answers ``yes`` (``{"word": "yes"}`` where a form is asked for) and the vector ``[0.5, 1.0]``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VECTOR = [0.5, 1.0]


@dataclass(frozen=True)
class Form:
    """One call form.

    Attributes:
        code: body of a function.
        asked: expected messages of the request; a text for a completion or an embedding.
        parameters: expected sampling parameters.
        result: what the function returns.
    """

    code: str
    asked: Any = (("user", "Hi"),)
    parameters: dict[str, Any] = field(default_factory=dict)
    result: Any = "yes"


SYSTEM = (("system", "Be brief"), ("user", "Hi"))

FORMS = {
    # --- litellm ------------------------------------------------------------------------------
    "litellm.completion": Form(
        """
from litellm import completion
reply = completion(model="ollama/llama3", messages=[{"role": "user", "content": "Hi"}],
                   api_base="http://localhost:11434", temperature=0.2, num_retries=3)
return reply["choices"][0]["message"]["content"]
""",
        parameters={"temperature": 0.2},
    ),
    "litellm.completion, one message and no list": Form(
        """
import litellm
litellm.drop_params = True
reply = litellm.completion("m", {"role": "user", "content": "Hi"})
return reply.choices[0].message.content
"""
    ),
    "litellm.acompletion": Form(
        """
import asyncio
from litellm import acompletion
async def ask():
    reply = await acompletion(model="m", messages=[{"role": "user", "content": "Hi"}])
    return reply.choices[0].message.content
return asyncio.run(ask())
"""
    ),
    "litellm.embedding": Form(
        """
from litellm import embedding
return embedding(model="e", input=["Hi"])["data"][0]["embedding"]
""",
        asked="Hi",
        result=VECTOR,
    ),
    # --- ollama -------------------------------------------------------------------------------
    "ollama.chat": Form(
        """
import ollama
reply = ollama.chat(model="llama3", messages=[{"role": "user", "content": "Hi"}],
                    options={"temperature": 0, "num_predict": 9, "num_ctx": 4096})
assert reply.message.content == reply["message"]["content"]
return reply["message"]["content"]
""",
        parameters={"temperature": 0, "max_tokens": 9},
    ),
    "ollama.generate": Form(
        """
from ollama import Client
reply = Client(host="http://gpu:11434").generate(model="llama3", prompt="Hi", system="Be brief",
                                                 options={"stop": ["."]})
return reply["response"]
""",
        asked=SYSTEM,
        parameters={"stop": ["."]},
    ),
    "ollama.generate, raw and streaming": Form(
        """
import ollama
stream = ollama.generate(model="llama3", prompt="Hi", raw=True, stream=True)
return "".join(chunk["response"] for chunk in stream)
""",
        asked="Hi",
    ),
    "ollama.chat of a form": Form(
        """
import json, ollama
schema = {"type": "object", "properties": {"word": {"type": "string"}}}
reply = ollama.chat("llama3", [{"role": "user", "content": "Hi"}], format=schema)
return json.loads(reply.message.content)["word"]
""",
        parameters={"response_format": "answer"},
    ),
    "ollama.AsyncClient": Form(
        """
import asyncio
from ollama import AsyncClient
async def ask():
    client = AsyncClient()
    several = [client.generate(model="m", prompt="Hi") for _ in range(1)]
    return (await asyncio.gather(*several))[0]["response"]
return asyncio.get_event_loop().run_until_complete(ask())
"""
    ),
    "ollama.embeddings": Form(
        """
import ollama
assert ollama.embed(model="e", input="Hi")["embeddings"] == [[0.5, 1.0]]
return ollama.embeddings(model="e", prompt="Hi")["embedding"]
""",
        asked="Hi",
        result=VECTOR,
    ),
    # --- anthropic ----------------------------------------------------------------------------
    "anthropic messages": Form(
        """
import anthropic
client = anthropic.Anthropic(api_key="secret")
message = client.messages.create(
    model="claude", max_tokens=9, system="Be brief", stop_sequences=["."],
    messages=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}])
assert message.stop_reason == "end_turn" and message.usage.input_tokens == 7
return message.content[0].text
""",
        asked=SYSTEM,
        parameters={"max_tokens": 9, "stop": ["."]},
    ),
    "anthropic stream": Form(
        """
from anthropic import Anthropic
with Anthropic().messages.stream(model="claude", max_tokens=9,
                                 messages=[{"role": "user", "content": "Hi"}]) as stream:
    return "".join(stream.text_stream)
""",
        parameters={"max_tokens": 9},
    ),
    "anthropic events": Form(
        """
import anthropic
events = anthropic.Client().messages.create(model="claude", max_tokens=9, stream=True,
                                            messages=[{"role": "user", "content": "Hi"}])
return "".join(e.delta.text for e in events if e.type == "content_block_delta")
""",
        parameters={"max_tokens": 9},
    ),
    "anthropic completions": Form(
        """
from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic
prompt = f"{HUMAN_PROMPT} Hi{AI_PROMPT}"
return Anthropic().completions.create(model="claude-2", max_tokens_to_sample=9,
                                      prompt=prompt).completion
""",
        asked="\n\nHuman: Hi\n\nAssistant:",
        parameters={"max_tokens": 9},
    ),
    # --- google -------------------------------------------------------------------------------
    "google.generativeai": Form(
        """
import google.generativeai as genai
genai.configure(api_key="secret")
model = genai.GenerativeModel("gemini-1.5-flash", system_instruction="Be brief")
config = genai.types.GenerationConfig(temperature=0.7, max_output_tokens=9, stop_sequences=["."])
response = model.generate_content("Hi", generation_config=config)
assert response.candidates[0].content.parts[0].text == response.text
return response.text
""",
        asked=SYSTEM,
        parameters={"temperature": 0.7, "max_tokens": 9, "stop": ["."]},
    ),
    "google.generativeai chat": Form(
        """
from google import generativeai as genai
chat = genai.GenerativeModel("gemini-pro").start_chat(history=[])
response = chat.send_message("Hi", stream=True)
assert len(chat.history) == 2
return "".join(chunk.text for chunk in response)
"""
    ),
    "google.generativeai embedding": Form(
        """
import google.generativeai as genai
return genai.embed_content(model="models/embedding-001", content="Hi")["embedding"]
""",
        asked="Hi",
        result=VECTOR,
    ),
    "google.genai": Form(
        """
from google import genai
from google.genai import types
client = genai.Client(api_key="secret")
response = client.models.generate_content(
    model="gemini-2.0-flash", contents="Hi",
    config=types.GenerateContentConfig(system_instruction="Be brief", temperature=0.3))
assert response.usage_metadata.prompt_token_count == 7
return response.text
""",
        asked=SYSTEM,
        parameters={"temperature": 0.3},
    ),
    "google.genai of a form": Form(
        """
from google import genai
from pydantic import BaseModel
class Answer(BaseModel):
    word: str
config = {"response_mime_type": "application/json", "response_schema": Answer}
parts = [genai.types.Content(role="user", parts=[genai.types.Part.from_text(text="Hi")])]
reply = genai.Client().models.generate_content(model="m", contents=parts, config=config)
return reply.parsed.word
""",
        parameters={"response_format": "Answer"},
    ),
    "google.genai embedding": Form(
        """
from google import genai
reply = genai.Client().models.embed_content(model="e", contents="Hi")
return reply.embeddings[0].values
""",
        asked="Hi",
        result=VECTOR,
    ),
    # --- LangChain ----------------------------------------------------------------------------
    "langchain_openai.ChatOpenAI": Form(
        """
from langchain_openai import ChatOpenAI
llm = ChatOpenAI(model="m", temperature=0.5, max_tokens=9, openai_api_key="x", cache=None,
                 base_url="http://localhost:5000/v1")
return llm.invoke([("system", "Be brief"), ("human", "Hi")]).content
""",
        asked=SYSTEM,
        parameters={"temperature": 0.5, "max_tokens": 9},
    ),
    "langchain.chat_models.ChatOpenAI": Form(
        """
from langchain.chat_models import ChatOpenAI
from langchain.chat_models.openai import ChatOpenAI as same
assert same is ChatOpenAI
return ChatOpenAI(model_name="m", temperature=0).predict("Hi")
""",
        parameters={"temperature": 0},
    ),
    "langchain.llms": Form(
        """
from langchain.llms import TextGen
llm = TextGen(model_url="http://localhost:5000", max_new_tokens=9)
return llm("Hi", stop=["."])
""",
        asked="Hi",
        parameters={"max_tokens": 9, "stop": ["."]},
    ),
    "langchain.OpenAI": Form(
        """
from langchain import OpenAI
return OpenAI(temperature=0).invoke("Hi")
""",
        asked="Hi",
        parameters={"temperature": 0},
    ),
    "langchain_community.llms.Ollama": Form(
        """
from langchain_community.llms import Ollama
return "".join(Ollama(model="llama3").stream("Hi"))
"""
    ),
    "langchain structured output": Form(
        """
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
class Answer(BaseModel):
    word: str
return ChatOpenAI(model="m").with_structured_output(Answer).invoke("Hi").word
""",
        parameters={"response_format": "Answer"},
    ),
    "langchain embeddings": Form(
        """
from langchain.embeddings.openai import OpenAIEmbeddings
assert OpenAIEmbeddings().embed_documents(["Hi"]) == [[0.5, 1.0]]
return OpenAIEmbeddings(model="e").embed_query("Hi")
""",
        asked="Hi",
        result=VECTOR,
    ),
    # --- HTTP ---------------------------------------------------------------------------------
    "requests to an OpenAI-compatible server": Form(
        """
import requests
response = requests.post("http://127.0.0.1:5000/v1/chat/completions", timeout=60,
                         headers={"Authorization": "x"}, verify=False,
                         json={"model": "m", "messages": [{"role": "user", "content": "Hi"}],
                               "max_tokens": 9})
response.raise_for_status()
assert response.status_code == 200
return response.json()["choices"][0]["message"]["content"]
""",
        parameters={"max_tokens": 9},
    ),
    "requests to Ollama": Form(
        """
import json, requests
response = requests.post("http://localhost:11434/api/generate",
                         data=json.dumps({"model": "llama3", "prompt": "Hi", "stream": True}))
return "".join(json.loads(line)["response"] for line in response.iter_lines())
"""
    ),
    "requests, a session and a stream": Form(
        """
import json, requests
session = requests.Session()
session.headers.update({"x": "y"})
response = session.post("http://h/v1/completions", json={"model": "m", "prompt": "Hi",
                                                         "stream": True}, stream=True)
lines = [line for line in response.iter_lines(decode_unicode=True) if line]
assert lines[-1] == "data: [DONE]"
return json.loads(lines[0].removeprefix("data: "))["choices"][0]["text"]
""",
        asked="Hi",
    ),
    "requests to Gemini": Form(
        """
import requests
url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-pro:generateContent?key=x"
body = {"contents": [{"parts": [{"text": "Hi"}]}], "generationConfig": {"maxOutputTokens": 9}}
reply = requests.post(url, json=body).json()
assert reply["usageMetadata"]["promptTokenCount"] == 7
return reply["candidates"][0]["content"]["parts"][0]["text"]
""",
        parameters={"max_tokens": 9},
    ),
    "httpx to Anthropic": Form(
        """
import httpx
body = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
with httpx.Client(timeout=9) as client:
    response = client.post("https://api.anthropic.com/v1/messages", json=body)
assert response.status_code == 200
return response.json()["content"][0]["text"]
""",
        parameters={"max_tokens": 9},
    ),
    "httpx embeddings": Form(
        """
import httpx
url = "http://h/openai/deployments/ada/embeddings?api-version=1"
return httpx.post(url, json={"input": "Hi"}).json()["data"][0]["embedding"]
""",
        asked="Hi",
        result=VECTOR,
    ),
    "httpx, asynchronous": Form(
        """
import asyncio, httpx
async def ask():
    async with httpx.AsyncClient() as client:
        body = {"model": "m", "input": "Hi"}
        response = await client.post("http://h/v1/responses", json=body)
        return response.json()["output_text"]
return asyncio.run(ask())
"""
    ),
    "urllib": Form(
        """
import json
import urllib.parse
import urllib.request
assert urllib.parse.quote("a b") == "a%20b"
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}).encode()
request = urllib.request.Request("http://h:8000/v1/chat/completions", data=body,
                                 headers={"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=60) as response:
    return json.loads(response.read())["choices"][0]["message"]["content"]
"""
    ),
    # --- openai, asynchronous -----------------------------------------------------------------
    "openai.AsyncOpenAI": Form(
        """
import asyncio
from openai import AsyncOpenAI
client = AsyncOpenAI(base_url="http://h/v1")
async def ask(gate):
    async with gate:
        await asyncio.sleep(1)
        task = asyncio.create_task(client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}]))
        return (await asyncio.wait_for(task, timeout=30)).choices[0].message.content
return asyncio.run(ask(asyncio.Semaphore(2)))
"""
    ),
}
