"""`/search` where too much is asked of it: it has the limits of every other path."""

import json
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from isogloss.server.limits import Limits
from isogloss.server.service import SEARCHES

from .clients import counted, eventually, post

SEARCH = {"query": "a b"}


class Shelf:
    """An index that finds nothing, when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.begun = 0

    def __len__(self) -> int:
        return 0

    def search_vectors(self, vectors: Any, *, k: int = 5) -> Sequence[Sequence[Any]]:
        self.begun += 1
        self.may.wait(20)
        return [[] for _ in vectors]


def ask(service: Any) -> socket.socket:
    """A client that has asked, and can leave."""
    body = json.dumps(SEARCH).encode()
    head = "POST /search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    client = socket.create_connection(("127.0.0.1", service.port))
    client.sendall(f"{head}{len(body)}\r\n\r\n".encode() + body)
    return client


def test_a_query_whose_client_left_is_never_embedded(serving: Callable[..., Any]) -> None:
    shelf = Shelf()
    with serving(index=lambda worker: shelf) as service, ThreadPoolExecutor(1) as clients:
        service.stub.pause.clear()
        first = clients.submit(post, service, "/embed", {"inputs": "a"})
        assert eventually(lambda: service.stub.at_once == 1)
        with ask(service):
            assert eventually(lambda: counted(service, "isogloss_queue_texts") == 1)
        assert eventually(lambda: counted(service, "isogloss_queue_texts") == 0)
        service.stub.pause.set()
        assert first.result().status_code == 200
        assert (sum(service.stub.batches), shelf.begun) == (1, 0)
        assert counted(service, 'isogloss_dropped_requests_total{reason="client_left"}') == 1
        left = 'isogloss_requests_total{path="/search",status="499"}'
        assert eventually(lambda: counted(service, left) == 1)


def test_a_search_that_waits_for_others_is_dropped_with_its_client(
    serving: Callable[..., Any],
) -> None:
    shelf = Shelf()
    with serving(index=lambda worker: shelf) as service:
        gone = [ask(service) for _ in range(SEARCHES + 2)]
        assert eventually(lambda: sum(service.stub.batches) == SEARCHES + 2)
        assert eventually(lambda: shelf.begun == SEARCHES)
        for client in gone:
            client.close()
        assert eventually(lambda: service.service.searches == 0)
        shelf.may.set()
        assert post(service, "/search", SEARCH).json() == {"results": [[]]}
        assert shelf.begun == SEARCHES + 1


def test_a_search_that_takes_too_long_is_503(serving: Callable[..., Any]) -> None:
    shelf = Shelf()
    with serving(index=lambda worker: shelf, limits=Limits(seconds=0.3)) as service:
        answer = post(service, "/search", SEARCH)
        shelf.may.set()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert counted(service, 'isogloss_dropped_requests_total{reason="too_late"}') == 1
        assert post(service, "/search", SEARCH).status_code == 200


def test_more_searches_than_may_wait_are_429(serving: Callable[..., Any]) -> None:
    shelf = Shelf()
    limits = Limits(searches=1)
    with (
        serving(index=lambda worker: shelf, limits=limits) as service,
        ThreadPoolExecutor(1) as clients,
    ):
        first = clients.submit(post, service, "/search", SEARCH)
        assert eventually(lambda: shelf.begun == 1)
        refused = post(service, "/search", SEARCH)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert counted(service, 'isogloss_dropped_requests_total{reason="queue_full"}') == 1
        shelf.may.set()
        assert first.result().status_code == 200
        assert post(service, "/search", SEARCH).status_code == 200
