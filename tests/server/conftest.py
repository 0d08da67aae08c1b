"""A service with a stub of a model on a free port, and what clients ask of it."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from isogloss.protocols import NO_ROLE, Role
from isogloss.server.app import build_routes, guard
from isogloss.server.limits import Limits
from isogloss.server.metrics import Metrics
from isogloss.server.running import listen, make_server, run
from isogloss.server.service import Service
from isogloss.server.worker import Worker

DIM = 16
VOCABULARY = 1_000


class Stub:
    """A model whose tokens are words, and whose vectors are sums of a table's rows."""

    name, fingerprint, dim, pads = "stub", "0123456789abcdef", DIM, True
    max_tokens, pieces = 12, (VOCABULARY, 8)

    def __init__(self) -> None:
        self.prompts = {"query": "query: "}
        self.table = np.random.default_rng(0).normal(size=(VOCABULARY, DIM)).astype(np.float32)
        self.batches: list[int] = []
        self.seen: list[str] = []
        self.roles: list[Role | None] = []
        self.pause = threading.Event()
        self.pause.set()
        self.at_once, self.most_at_once, self.reading = 0, 0, 0
        self.delay = 0.0
        self.broken = False

    def prompt_for(self, role: Role) -> str:
        return self.prompts.get(role.task or role.side, "")

    def tokenize(self, texts: Sequence[str], *, role: Role = NO_ROLE) -> list[list[int]]:
        self.seen += texts
        words = [(self.prompt_for(role) + text).split()[: self.max_tokens] for text in texts]
        return [[0, *map(number, row)][: self.max_tokens] for row in words]

    def encode_tokens(
        self, tokens: Sequence[Sequence[int]], *, role: Role | None = NO_ROLE
    ) -> np.ndarray:
        self.roles.append(role)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.reading = len(tokens)
        self.pause.wait(20)
        time.sleep(self.delay)
        self.batches.append(len(tokens))
        self.at_once -= 1
        if self.broken:
            raise RuntimeError("the model broke")
        return np.stack([self.table[list(row)].sum(0) for row in tokens])

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Any = None
    ) -> np.ndarray:
        return self.encode_tokens(self.tokenize(texts, role=role), role=role)


def number(word: str) -> int:
    return 1 + int(hashlib.sha256(word.encode()).hexdigest(), 16) % (VOCABULARY - 1)


class Running:
    """A service that runs."""

    def __init__(self, url: str, stub: Stub, service: Service, server: Any) -> None:
        self.url, self.stub, self.service, self.server = url, stub, service, server
        self.port = int(url.rpartition(":")[2])


@pytest.fixture
def stub() -> Stub:
    """A model that costs nothing."""
    return Stub()


@pytest.fixture(scope="session")
def serving() -> Callable[..., Any]:
    """Starts services; as a context they stop in order."""

    @contextmanager
    def started(
        *,
        model: Any = None,
        limits: Limits | None = None,
        index: Callable[[Worker], Any] = lambda worker: None,
        **given: Any,
    ) -> Iterator[Any]:
        stub = model or Stub()
        limits, metrics = limits or Limits(), Metrics()
        worker = Worker({"stub": stub}, limits, metrics)
        service = Service("stub", worker, metrics, limits, index=index(worker), **given)
        app = build_routes(service)
        ready = threading.Event()
        server = make_server(guard(app, service), limits, ready.set)
        listener = listen("127.0.0.1", 0)
        thread = threading.Thread(target=run, args=(server, listener))
        thread.start()
        try:
            assert ready.wait(20)
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", stub, service, server)
        finally:
            stub.pause.set()
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()

    return started


@pytest.fixture(scope="module")
def shared(serving: Callable[..., Any]) -> Iterator[Any]:
    """One service for tests that leave it as it was."""
    with serving() as service:
        yield service
