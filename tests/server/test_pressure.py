"""The service where too much is asked of it: long queues, large bodies, slow clients, its end."""

import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from isogloss.server.limits import Limits
from isogloss.server.openai_api import EmbeddingsRequest
from isogloss.server.tei_api import EmbedRequest

from .clients import JSON, counted, eventually, post


def test_a_full_queue_is_429_with_the_seconds_to_wait(serving: Callable[..., Any]) -> None:
    with serving(limits=Limits(queue_tokens=4)) as service, ThreadPoolExecutor(4) as clients:
        service.stub.pause.clear()
        first = clients.submit(post, service, "/v1/embeddings", {"input": "a"})
        assert eventually(lambda: service.stub.at_once == 1)
        second = clients.submit(post, service, "/v1/embeddings", {"input": "a b"})
        assert eventually(lambda: counted(service, "isogloss_queue_texts") == 1)
        refused = post(service, "/v1/embeddings", {"input": "a b"})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["type"] == "rate_limit_error"
        service.stub.pause.set()
        assert (first.result().status_code, second.result().status_code) == (200, 200)


def test_a_request_whose_client_left_is_never_embedded(serving: Callable[..., Any]) -> None:
    with serving() as service, ThreadPoolExecutor(1) as clients:
        service.stub.pause.clear()
        first = clients.submit(post, service, "/v1/embeddings", {"input": "a"})
        assert eventually(lambda: service.stub.at_once == 1)
        body = json.dumps({"input": ["gone"] * 50}).encode()
        with socket.create_connection(("127.0.0.1", service.port)) as leaving:
            leaving.sendall(request_of(body))
            assert eventually(lambda: counted(service, "isogloss_queue_texts") == 50)
        assert eventually(lambda: counted(service, "isogloss_queue_texts") == 0)
        service.stub.pause.set()
        assert first.result().status_code == 200
        assert sum(service.stub.batches) == 1
        assert counted(service, 'isogloss_dropped_requests_total{reason="client_left"}') == 1
        left = 'isogloss_requests_total{path="/v1/embeddings",status="499"}'
        assert eventually(lambda: counted(service, left) == 1)


def test_an_answer_that_takes_too_long_is_503(serving: Callable[..., Any]) -> None:
    with serving(limits=Limits(seconds=0.2)) as service:
        service.stub.pause.clear()
        answer = post(service, "/v1/embeddings", {"input": "a"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        service.stub.pause.set()
        assert eventually(
            lambda: post(service, "/v1/embeddings", {"input": "a"}).status_code == 200
        )


def test_a_model_that_breaks_is_500_and_the_service_goes_on(serving: Callable[..., Any]) -> None:
    with serving() as service:
        service.stub.broken = True
        answer = post(service, "/v1/embeddings", {"input": "a"})
        assert answer.status_code == 500
        assert "broke" not in answer.text
        service.stub.broken = False
        assert post(service, "/v1/embeddings", {"input": "a"}).status_code == 200


def request_of(body: bytes, *more: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = [
        b"POST /v1/embeddings HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"Content-Length: %d" % size,
        *more,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def test_a_body_that_says_it_is_too_large_is_refused_unread(shared: Any) -> None:
    with socket.create_connection(("127.0.0.1", shared.port)) as client:
        client.sendall(request_of(b"", length=10**9))
        assert b" 413 " in client.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize(("path", "status"), [("/v1/embeddings", 413), ("/made-up", 404)])
def test_a_client_that_sends_all_before_it_reads_is_told_why_it_is_refused(
    serving: Callable[..., Any], path: str, status: int
) -> None:
    with serving(limits=Limits(body_bytes=4_000_000)) as service:
        assert post(service, path, b"1" * 5_000_000).status_code == 413
        parts = (b"1" * 100_000 for _ in range(50))
        assert httpx.post(service.url + path, content=parts, headers=JSON).status_code == status


def test_a_body_that_grows_too_large_is_cut_off(serving: Callable[..., Any]) -> None:
    with serving(limits=Limits(body_bytes=100_000)) as service:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            head = request_of(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
            client.sendall(head)
            sent = 0
            try:
                for _ in range(4_000):  # 256 MB, were they taken
                    client.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                    sent += 0x10000
            except OSError:
                pass
            assert sent < 20_000_000
        assert post(service, "/v1/embeddings", {"input": "a"}).status_code == 200


def test_large_requests_that_come_at_once_are_refused_before_memory_is_full(
    serving: Callable[..., Any],
) -> None:
    with (
        serving(limits=Limits(held_bytes=200_000)) as service,
        socket.create_connection(("127.0.0.1", service.port)) as slow,
    ):
        body = json.dumps({"input": "a " * 75_000}).encode()
        slow.sendall(request_of(body[:-9], length=len(body)))
        assert eventually(lambda: service.server.config.app.held > 149_000)
        refused = post(service, "/v1/embeddings", body)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert post(service, "/v1/embeddings", {"input": "a"}).status_code == 200
        slow.sendall(body[-9:])
        assert b" 200 " in slow.recv(4096)
        assert eventually(lambda: service.server.config.app.held == 0)
        assert post(service, "/v1/embeddings", body).status_code == 200


@pytest.mark.parametrize("thing", ["{}", "1.5", "[1.5]", "[[]]", "null", '"a", 1'])
@pytest.mark.parametrize("schema", [EmbeddingsRequest, EmbedRequest])
def test_a_body_of_many_wrong_things_has_few_errors(schema: Any, thing: str) -> None:
    name = next(iter(schema.model_fields))
    with pytest.raises(ValidationError) as wrong:
        schema.model_validate_json(f'{{"{name}": [{",".join([thing] * 1_000)}]}}')
    assert wrong.value.error_count() < 10  # each has memory of its own


def test_clients_that_never_ask_or_ask_too_slowly_are_sent_away(
    serving: Callable[..., Any],
) -> None:
    with serving(limits=Limits(body_seconds=0.5)) as service:
        address = ("127.0.0.1", service.port)
        idle = [socket.create_connection(address) for _ in range(200)]
        slow = socket.create_connection(address)
        slow.sendall(b"POST /v1/embeddings HTT")
        slow_body = socket.create_connection(address)
        slow_body.sendall(request_of(b'{"inp', length=100))
        assert post(service, "/v1/embeddings", {"input": "a"}).status_code == 200
        for client in (*idle, slow):
            client.settimeout(10)
            assert client.recv(100) == b""
            client.close()
        slow_body.settimeout(10)
        assert b" 408 " in slow_body.recv(4096)
        slow_body.close()


def test_a_client_that_never_reads_does_not_hold_up_the_others(
    serving: Callable[..., Any],
) -> None:
    limits = Limits(body_seconds=0.5)
    with (
        serving(limits=limits) as service,
        socket.create_connection(("127.0.0.1", service.port)) as lazy,
    ):
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(request_of(json.dumps({"input": ["a"] * 2_048}).encode()) * 20)
        for _ in range(5):
            assert post(service, "/v1/embeddings", {"input": "a"}).status_code == 200
        assert eventually(lambda: not connected(service))


def connected(service: Any) -> int:
    return len(service.server.server_state.connections)


def test_a_service_that_stops_answers_every_request_it_has_accepted(
    serving: Callable[..., Any],
) -> None:
    with ThreadPoolExecutor(24) as clients:
        with serving() as service:
            service.stub.pause.clear()
            waiting = [
                clients.submit(post, service, "/v1/embeddings", {"input": f"a b {i}"})
                for i in range(24)
            ]
            assert eventually(
                lambda: counted(service, "isogloss_queue_texts") + service.stub.reading == 24
            )
            service.server.should_exit = True
            release = threading.Timer(0.5, service.stub.pause.set)
            release.start()
        seen = [str(each.result().status_code) for each in waiting]
    assert seen == ["200"] * 24
