"""OpenAI's Python package against Trestle: a whole answer, a streamed one, and a tool.

pip install openai, start the server (npm start), and run this file.
"""

import json
import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("TRESTLE_URL", "http://127.0.0.1:8787") + "/v1",
    api_key=os.environ.get("TRESTLE_API_KEY", "any"),
)
MODEL = "claude-sonnet-5-5"

answer = client.chat.completions.create(
    model=MODEL,
    messages=[{"role": "user", "content": "Name three kinds of bridges."}],
)
print(answer.choices[0].message.content, end="\n\n")

stream = client.chat.completions.create(
    model=MODEL,
    messages=[{"role": "user", "content": "Why do suspension bridges sway?"}],
    reasoning_effort="low",
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
    if chunk.usage:
        print(f"\n[{chunk.usage.total_tokens} tokens]\n")

LENGTHS = {"Golden Gate": 2737, "Akashi Kaikyo": 3911}
TOOL = {
    "type": "function",
    "function": {
        "name": "bridge_length",
        "description": "The length of a bridge in metres",
        "parameters": {
            "type": "object",
            "properties": {"bridge": {"type": "string", "enum": list(LENGTHS)}},
            "required": ["bridge"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}
messages = [{"role": "user", "content": "How long is the Golden Gate bridge?"}]
message = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0].message
while message.tool_calls:
    messages.append(message)
    for call in message.tool_calls:
        bridge = json.loads(call.function.arguments)["bridge"]
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{LENGTHS[bridge]} m"})
        print(f"[{call.function.name}: {bridge}]")
    message = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0].message
print(message.content)
