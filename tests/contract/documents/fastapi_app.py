"""Prints the OpenAPI document of a FastAPI application with event streams."""

import json
from collections.abc import AsyncIterable
from datetime import datetime
from enum import Enum

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel


class Status(str, Enum):
    placed = "placed"
    delivered = "delivered"


class Order(BaseModel):
    """An order."""

    id: int
    status: Status
    at: datetime
    note: str | None = None
    tags: dict[str, int] = {}


app = FastAPI(title="Shop", version="1")


@app.get("/orders/stream", response_class=EventSourceResponse)
async def orders() -> AsyncIterable[Order]:
    """Each order, as it goes on."""
    yield Order(id=1, status=Status.placed, at=datetime.now())


@app.post("/chat", response_class=EventSourceResponse, operation_id="chat")
async def chat() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent(raw_data="hello", event="token")


@app.get("/orders")
async def all_orders() -> list[Order]:
    return []


print(json.dumps(app.openapi(), indent=2))
