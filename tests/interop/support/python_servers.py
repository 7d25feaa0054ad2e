"""Servers of FastAPI and of sse-starlette, which the client is tested against: it says where it listens.

GET /fastapi and /starlette ?upto=N&end=K&quiet=MS send the events after the last event ID up to N, at most K in one response,
and begin after so many milliseconds of keep-alive comments. After the last one comes "done".
"""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import AsyncIterable

import fastapi.routing
import uvicorn
from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sse_starlette import EventSourceResponse as StarletteResponse

# FastAPI has no option for it.
fastapi.routing._PING_INTERVAL = 0.5

app = FastAPI()


async def numbers(last, upto, end, quiet):
    await asyncio.sleep(quiet / 1000)
    for n in range(last + 1, min(upto, last + end) + 1):
        yield n, {"n": n, "text": "two\nlines, ü, 💡"}


@app.get("/fastapi", response_class=EventSourceResponse)
async def of_fastapi(
    upto: int, end: int = 1_000_000, quiet: int = 0, last_event_id: int = Header(default=0)
) -> AsyncIterable[ServerSentEvent]:
    async for n, data in numbers(last_event_id, upto, end, quiet):
        yield ServerSentEvent(data=data, event="tick", id=str(n))
        if n == upto:
            yield ServerSentEvent(raw_data="null", event="done")


@app.get("/starlette")
async def of_starlette(upto: int, end: int = 1_000_000, quiet: int = 0, last_event_id: int = Header(default=0)):
    async def events():
        async for n, data in numbers(last_event_id, upto, end, quiet):
            # Several lines of data, as a person would have them.
            yield {"event": "tick", "id": str(n), "data": json.dumps(data, indent=1, ensure_ascii=False)}
            if n == upto:
                yield {"event": "done", "data": "null"}

    return StarletteResponse(events(), ping=1)


if __name__ == "__main__":
    # They tell of each connection that the test cuts.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    sys.exit(uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener]))
