"""The service over HTTP, as its clients see it; with a stub of a model."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import ValidationError

from isogloss.server.limits import Limits
from isogloss.server.openai_api import EmbeddingsRequest
from isogloss.server.tei_api import EmbedRequest

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


def test_the_openai_client_gets_the_vectors_of_encode_in_both_forms(shared: Any) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=shared.url + "/v1", api_key="none")
    texts = ["one two", "three", "un deux trois", "ثلاثة", "三つ"]
    default = client.embeddings.create(model="stub", input=texts)
    floats = client.embeddings.create(model="stub", input=texts, encoding_format="float")
    expected = shared.stub.encode(texts)
    for answer in (default, floats):
        got = np.array([row.embedding for row in answer.data], np.float32)
        assert got.tobytes() == expected.tobytes()
    assert default.usage.prompt_tokens == sum(map(len, shared.stub.tokenize(texts)))
    assert [model.id for model in client.models.list()] == ["stub"]
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="stub", input="x", dimensions=4)
    assert refused.value.body["param"] == "dimensions"  # type: ignore[index]
    client.close()


def test_base64_is_the_bits_of_float(shared: Any) -> None:
    asked = {"input": ["a b c", "d"], "model": "stub"}
    floats = vectors(post(shared, "/v1/embeddings", asked))
    packed = post(shared, "/v1/embeddings", asked | {"encoding_format": "base64"}).json()["data"]
    for row, packed_row in zip(floats, packed, strict=True):
        assert base64.b64decode(packed_row["embedding"]) == row.tobytes()


def test_token_ids_are_read_as_they_are(shared: Any) -> None:
    [ids] = shared.stub.tokenize(["good morning"])
    for given in (ids, [ids]):
        answer = post(shared, "/v1/embeddings", {"input": given, "model": "stub"})
        assert (vectors(answer) == shared.stub.encode(["good morning"])).all()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"input": []}, 400),
        ({"input": [[]]}, 400),
        ({"input": [1_000]}, 400),
        ({"input": [-1]}, 400),
        ({"input": [1] * 13}, 400),
        ({"input": [True]}, 400),
        ({"input": [1.5]}, 400),
        ({"input": ["a", 1]}, 400),
        ({"input": "a", "encoding_format": "int8"}, 400),
        ({"input": "a", "dimensions": 0}, 400),
        ({}, 400),
        ([], 400),
        ({"input": ["a"] * 2_049}, 413),
        (b'{"input": "\xff"}', 400),
        (b'{"input": "\\ud800"}', 400),
        (b'{"input": ' + b"[" * 100_000, 400),
        (b"", 400),
        (b'{"input": NaN}', 400),
    ],
)
def test_what_cannot_be_used_is_refused_in_openais_error_object(
    shared: Any, given: Any, status: int
) -> None:
    answer = post(shared, "/v1/embeddings", given)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert len(error["message"]) < 300


@pytest.mark.parametrize("given", [{}, None, [1, 2.5], ["a", 1], [[]]])
@pytest.mark.parametrize(("path", "field"), [("/v1/embeddings", "input"), ("/embed", "inputs")])
def test_an_input_of_another_form_is_told_every_form(
    shared: Any, path: str, field: str, given: Any
) -> None:
    error = post(shared, path, {field: given}).json()["error"]
    message = error["message"] if isinstance(error, dict) else error
    assert message == (
        f"{field} has another form; expected a text, a list of texts, token ids, or lists of them"
    )

    missing = post(shared, path, {}).json()["error"]
    told = missing["message"] if isinstance(missing, dict) else missing
    assert told == f"{field}: Field required"


def test_the_paths_of_text_embeddings_inference_answer_in_its_shapes(shared: Any) -> None:
    expected = shared.stub.encode(["one two", "three"])
    unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    plain = post(shared, "/embed", {"inputs": ["one two", "three"], "normalize": False}).json()
    assert (np.array(plain, np.float32) == expected).all()
    normalized = post(shared, "/embed", {"inputs": ["one two", "three"]}).json()
    assert np.allclose(normalized, unit, atol=1e-6)
    inputs = {"source_sentence": "one two", "sentences": ["one two", "three"]}
    scores = post(shared, "/similarity", {"inputs": inputs}).json()
    assert scores == pytest.approx([1.0, float(unit[0] @ unit[1])], abs=1e-5)
    info = httpx.get(shared.url + "/info").json()
    assert (info["model_id"], info["max_input_length"]) == ("stub", 12)
    for method in ("GET", "HEAD"):
        assert httpx.request(method, shared.url + "/health").status_code == 200
    wrong = post(shared, "/embed", {"inputs": 1})
    assert (wrong.status_code, wrong.json()["error_type"]) == (422, "Validation")


def test_a_prompt_of_the_model_is_chosen_by_name(shared: Any) -> None:
    asked = {"inputs": "hello", "normalize": False, "prompt_name": "query"}
    got = np.array(post(shared, "/embed", asked).json(), np.float32)
    assert (got == shared.stub.encode(["query: hello"])).all()
    wrong = post(shared, "/embed", asked | {"prompt_name": "none"})
    assert (wrong.status_code, wrong.json()["error"].partition("; ")[2]) == (
        422,
        "expected one of query",
    )


def test_a_model_without_prompts_says_that_it_has_none(
    shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.stub, "prompts", {})
    wrong = post(shared, "/embed", {"inputs": "hello", "prompt_name": "query"})
    assert wrong.json()["error"].endswith("expected no prompt_name, as it has no prompts")


def test_a_text_of_a_megabyte_is_cut_before_the_tokenizer_sees_it(shared: Any) -> None:
    text = "word " * 200_000
    start = time.perf_counter()
    answer = post(shared, "/v1/embeddings", {"input": text, "model": "stub"})
    assert time.perf_counter() - start < 5
    assert max(map(len, shared.stub.seen)) <= 12 * 9
    assert (vectors(answer) == shared.stub.encode(["word " * 11])).all()
    assert counted(shared, "isogloss_cut_texts_total") >= 1


def test_only_widths_that_were_trained_are_given(serving: Callable[..., Any]) -> None:
    with serving(widths=(4, 16)) as service:
        short = vectors(post(service, "/v1/embeddings", {"input": "a b", "dimensions": 4}))
        long = service.stub.encode(["a b"])
        assert np.allclose(short, long[:, :4] / np.linalg.norm(long[:, :4]), atol=1e-6)
        refused = post(service, "/v1/embeddings", {"input": "a", "dimensions": 8})
        assert refused.json()["error"]["code"] == "invalid_dimensions"


def test_many_clients_get_their_own_vectors_and_the_model_runs_once_at_a_time(
    serving: Callable[..., Any],
) -> None:
    with serving() as service, ThreadPoolExecutor(16) as clients:
        texts = [" ".join(f"w{j}" for j in range(1 + i % 9)) + f" n{i}" for i in range(96)]

        def ask(text: str) -> np.ndarray:
            return vectors(post(service, "/v1/embeddings", {"input": text}))[0]

        got = np.stack(list(clients.map(ask, texts)))
        assert np.allclose(got, service.stub.encode(texts), atol=1e-5)
        assert service.stub.most_at_once == 1
        assert counted(service, "isogloss_texts_total") == 96


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


def test_a_service_with_keys_asks_for_one(serving: Callable[..., Any]) -> None:
    with serving(keys=("first-key", "second-key")) as service:
        asked = {"input": "a"}
        refused = post(service, "/v1/embeddings", asked)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
        for wrong in ("Bearer first", "Bearer", "first-key", "Basic !", "Bearer \u00fc"):
            more = {"authorization": wrong.encode("utf-8")}
            assert post(service, "/v1/embeddings", asked, **more).status_code == 401
        basic = "Basic " + base64.b64encode(b"me:second-key").decode()
        for right in ("Bearer first-key", "Bearer second-key", basic):
            assert post(service, "/embed", {"inputs": "a"}, authorization=right).status_code == 200
        assert httpx.get(service.url + "/health").status_code == 200
        assert httpx.get(service.url + "/metrics").status_code == 401


def test_a_page_of_another_site_may_not_ask(shared: Any) -> None:
    plain = httpx.post(shared.url + "/v1/embeddings", content=b'{"input": "a"}')
    assert plain.status_code == 415
    answer = post(shared, "/v1/embeddings", {"input": "a"}, origin="https://example.org")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_log_has_a_line_per_request_and_no_text(
    shared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "isogloss.server.access"):
        post(shared, "/v1/embeddings", {"input": ["a secret", "b"]})
        httpx.get(shared.url + "/made-up")
        assert eventually(lambda: len(caplog.records) >= 2)  # written once the answer is out
    [first, second] = [json.loads(record.getMessage()) for record in caplog.records[-2:]]
    assert (first["path"], first["status"], first["texts"]) == ("/v1/embeddings", 200, 2)
    assert second["status"] == 404
    assert "secret" not in caplog.text
    assert 'path="/made-up"' not in httpx.get(shared.url + "/metrics").text


def test_every_metric_says_its_unit_and_padding_is_a_share(shared: Any) -> None:
    post(shared, "/v1/embeddings", {"input": ["a", "b c d"]})
    assert 0 <= counted(shared, "isogloss_padding_share") < 1
    for name in ("real_tokens_total", "padded_tokens_total", "model_tokens_per_second"):
        assert counted(shared, f"isogloss_{name}") > 0
    assert counted(shared, "isogloss_queue_tokens") == 0
