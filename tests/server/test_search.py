"""`/search` over an index, whose queries wait for the model like everybody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from isogloss.errors import ModelShapeError
from isogloss.search.index import Document, Index, create_index
from isogloss.server.worker import ServedEncoder, Worker

DOCUMENTS = [Document("one two", language="en"), Document("eins zwei", language="de")]


@pytest.fixture
def index(tmp_path: Path, stub: Any) -> Path:
    folder = tmp_path / "index"
    create_index(folder, stub, DOCUMENTS, name="stub", engine="exact")
    return folder


def test_a_search_finds_what_the_index_finds(
    serving: Callable[..., Any], index: Path, stub: Any
) -> None:
    def opened(worker: Worker) -> Index:
        return Index(index, lambda name: ServedEncoder(worker, "stub"))

    expected = Index(index, lambda name: stub).search(["eins zwei"], k=2)[0]
    with serving(index=opened) as service:
        answer = httpx.post(service.url + "/search", json={"query": "eins zwei", "k": 2})
        [hits] = answer.json()["results"]
        assert [hit["id"] for hit in hits] == [hit.id for hit in expected]
        assert [hit["score"] for hit in hits] == pytest.approx([hit.score for hit in expected])
        assert hits[0] == {
            "id": expected[0].id,
            "score": hits[0]["score"],
            "text": "eins zwei",
            "language": "de",
            "fields": {},
        }
        assert service.stub.batches  # by the worker, nobody else
        several = httpx.post(service.url + "/search", json={"query": ["one", "zwei"]}).json()
        assert [len(hits) for hits in several["results"]] == [2, 2]
        for wrong in ({"query": ""}, {"query": []}, {"query": "a", "k": 0}, {"q": "a"}):
            status = httpx.post(service.url + "/search", json=wrong).status_code
            assert status == (200 if wrong == {"query": ""} else 422)
        greedy = {"query": ["a"] * 21, "k": 1_000}
        assert httpx.post(service.url + "/search", json=greedy).status_code == 413
        number = httpx.post(service.url + "/search", json={"query": 3}).json()["error"]
        assert number == "query has another form; expected a text, or a list of texts"
        assert httpx.get(service.url + "/info").json()["documents"] == 2


def test_without_an_index_there_is_no_search(shared: Any) -> None:
    assert httpx.post(shared.url + "/search", json={"query": "a"}).status_code == 404


def test_an_index_of_another_model_is_refused_before_that_is_loaded(
    index: Path, tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.encoders import opening
    from isogloss.server.serve import open_service

    monkeypatch.setattr(opening, "load", lambda *a, **b: pytest.fail("it was loaded"))
    with pytest.raises(ModelShapeError, match="is not the one that made index"):
        open_service(str(tiny_teacher), index=str(index))
