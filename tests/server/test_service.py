"""The service over HTTP, as its clients see it; with a stub of a model."""

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest

from isogloss.protocols import NO_ROLE

from .clients import counted, eventually, post, vectors


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


def test_token_ids_have_no_prompt_that_could_be_chosen_or_left_out(shared: Any) -> None:
    post(shared, "/embed", {"inputs": [1, 2]})
    post(shared, "/v1/embeddings", {"input": [1, 2]})
    assert shared.stub.roles[-2:] == [None, None]
    post(shared, "/embed", {"inputs": "a"})
    assert shared.stub.roles[-1] == NO_ROLE
    wrong = post(shared, "/embed", {"inputs": [1, 2], "prompt_name": "query"})
    assert (wrong.status_code, "with token ids" in wrong.json()["error"]) == (422, True)


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
        plain = post(service, "/embed", {"inputs": "a b", "dimensions": 4, "normalize": False})
        assert np.array_equal(np.array(plain.json(), np.float32), long[:, :4])
        unit = post(service, "/embed", {"inputs": "a b", "dimensions": 4}).json()
        assert np.allclose(unit, short, atol=1e-6)
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


def test_a_service_that_has_read_nothing_has_no_padding(serving: Callable[..., Any]) -> None:
    with serving() as service:
        assert counted(service, "isogloss_padding_share") == 0


def test_every_metric_says_its_unit_and_padding_is_a_share(shared: Any) -> None:
    post(shared, "/v1/embeddings", {"input": ["a", "b c d"]})
    assert 0 <= counted(shared, "isogloss_padding_share") < 1
    for name in ("real_tokens_total", "padded_tokens_total", "model_tokens_per_second"):
        assert counted(shared, f"isogloss_{name}") > 0
    assert counted(shared, "isogloss_queue_tokens") == 0
