"""What a client asks of a service, and what it reads in the answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np

JSON = {"content-type": "application/json"}


def post(service: Any, path: str, content: Any, **more: Any) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return httpx.post(service.url + path, content=body, headers=JSON | more, timeout=30)


def vectors(answer: httpx.Response) -> np.ndarray:
    return np.array([row["embedding"] for row in answer.json()["data"]], np.float32)


def counted(service: Any, name: str) -> float:
    lines = httpx.get(service.url + "/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()
