"""Retrieval sets in BEIR's layout, and what is found in them."""

import gzip
import json
import zlib

import numpy as np
import pytest

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.metrics.score import comparable_part
from isogloss.tasks import load_task
from isogloss.tasks.kinds.retrieval import METRICS, RetrievalTask, own_documents
from isogloss.tasks.readers.retrieval import RetrievalData

from ..conftest import WIDTH


def jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path, pairs):
    """English queries, German documents with a title each, some of them repeated."""
    here = tmp_path / "set"
    (here / "qrels").mkdir(parents=True)
    texts = [german for _, german in pairs] + [pairs[0][1]]
    titles = [text.split()[1] for text in texts]
    rows = zip(titles, texts, strict=True)
    jsonl(
        here / "corpus.jsonl",
        ({"_id": f"d{i}", "title": t, "text": x} for i, (t, x) in enumerate(rows)),
    )
    jsonl(here / "queries.jsonl", ({"_id": f"q{i}", "text": e} for i, (e, _) in enumerate(pairs)))
    lines = ["query-id\tcorpus-id\tscore", *(f"q{i}\td{i}\t2" for i in range(20)), "q0\td24\t1"]
    lines += ["q1\td5\t0", "q21\td3\t0"]
    (here / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return here


def values(scores):
    return {score.metric: score.value for score in scores}


def test_a_set_is_read_as_it_lies(folder):
    task = load_task(f"retrieval:en-de={folder}")
    assert (task.kind, task.languages, task.name) == ("retrieval", "en-de", "set")
    assert len(task.data.corpus) == 25
    assert list(task.data.queries) == [f"q{i}" for i in range(20)]
    assert task.data.corpus["d0"].startswith("rotes") or " " in task.data.corpus["d0"]
    assert task.data.judgments["q0"] == {"d0": 2, "d24": 1}
    assert task.data.dropped == {"query without a relevant document": 1}


def test_qrels_beside_and_compressed_files_are_the_same_set(folder):
    before = load_task(f"retrieval:en-de={folder}").data
    (folder / "qrels" / "test.tsv").rename(folder / "qrels.tsv")
    path = folder / "corpus.jsonl"
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert load_task(f"retrieval:en-de={folder}").data.fingerprint() == before.fingerprint()


def test_scores_are_the_definition_in_loops(folder, student, monkeypatch):
    plain = student.encode

    def untied(texts):
        """No two cosines of a query are as good as the same, for each processor to sort its way."""
        noise = [np.random.default_rng(zlib.crc32(t.encode())).normal(size=WIDTH) for t in texts]
        return plain(texts) + 0.01 * np.array(noise, np.float32)

    monkeypatch.setattr(student, "encode", untied)
    task = load_task(f"retrieval:en-de={folder}")
    scores = task.score(student)
    assert [score.metric for score in scores] == list(METRICS)
    documents = np.asarray(student.encode(list(task.data.corpus.values())))
    documents /= np.linalg.norm(documents, axis=1, keepdims=True)
    ids, ndcg, mrr, recall = list(task.data.corpus), [], [], []
    for query, text in task.data.queries.items():
        row = np.asarray(student.encode([text]))[0]
        cosines = (documents @ (row / np.linalg.norm(row))).round(5)
        order = sorted(range(25), key=lambda d, c=cosines: (-c[d], d))
        grades = [task.data.judgments[query].get(ids[place], 0) for place in order][:10]
        judged = sorted((g for g in task.data.judgments[query].values() if g > 0), reverse=True)
        discount = [1 / np.log2(rank + 2) for rank in range(10)]
        ideal = np.dot(judged, discount[: len(judged)])
        ndcg.append(np.dot(grades, discount) / ideal)
        hits = [rank for rank, grade in enumerate(grades, start=1) if grade > 0]
        mrr.append(1 / hits[0] if hits else 0)
        recall.append(len(hits) / len(judged))
    found = values(scores)
    assert 0.2 < np.mean(ndcg) < 1
    assert found["ndcg_at_10"] == pytest.approx(np.mean(ndcg), abs=1e-6)
    assert found["mrr_at_10"] == pytest.approx(np.mean(mrr), abs=1e-6)
    assert found["recall_at_10"] == pytest.approx(np.mean(recall), abs=1e-6)
    assert found["recall_at_100"] is None
    assert "25 documents; recall at 100 needs more" in scores[3].reason
    assert all(score.n == 20 for score in scores)


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("corpus.jsonl", "{broken", r"corpus\.jsonl, line 26: no JSON"),
        ("corpus.jsonl", '{"_id": "d0", "text": "x"}', "line 26: id 'd0' a second time"),
        ("queries.jsonl", '{"_id": "q99"}', "line 25: no object with _id and text"),
        ("queries.jsonl", '{"_id": "q99", "text": " "}', "query 'q99' without text"),
        ("qrels/test.tsv", "q1\td1", r"test\.tsv, line 25: 2 columns; expected query id"),
        ("qrels/test.tsv", "q1\td7\tNaN", "grade is 'NaN', no number"),
        ("qrels/test.tsv", "q1\td1\t1", "q1 d1 is judged a second time, 1 after 2"),
    ],
)
def test_lines_that_cannot_be_used_are_refused_with_their_number(folder, file, line, words):
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(DataFormatError, match=words):
        load_task(f"retrieval:en-de={folder}")


def test_a_judgment_that_comes_twice_is_taken_once(folder, caplog):
    before = load_task(f"retrieval:en-de={folder}").fingerprint()
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as stream:
        stream.write("q1\td1\t2\nq1\td5\t0\n")
    assert load_task(f"retrieval:en-de={folder}").fingerprint() == before
    assert "2 lines repeat a judgment; each is taken once" in caplog.text


def test_missing_parts_are_named(folder):
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t0\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="no query with a relevant document"):
        load_task(f"retrieval:en-de={folder}")
    (folder / "qrels" / "test.tsv").unlink()
    with pytest.raises(MissingFileError, match=r"no qrels/test\.tsv or qrels\.tsv"):
        load_task(f"retrieval:en-de={folder}")
    with pytest.raises(MissingFileError, match="is a file; expected a folder"):
        load_task(f"retrieval:en-de={folder}/corpus.jsonl")
    with pytest.raises(MissingFileError, match="nowhere does not exist"):
        load_task(f"retrieval:en-de={folder}/nowhere")


def rewrite_qrels(folder, line):
    """The judgments of the set, each written by `line`."""
    path = folder / "qrels" / "test.tsv"
    rows = [row.split("\t") for row in path.read_text(encoding="utf-8").splitlines()[1:]]
    path.write_text("".join(line(*row) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    ["{} 0 {} {}", "{}\t0\t{}\t{}", "{} {} {}", "{}  Q0   {}\t{}".replace("\t", " ")],
)
def test_judgments_of_trec_and_with_spaces_are_the_same(folder, line):
    before = load_task(f"retrieval:en-de={folder}").data.fingerprint()
    rewrite_qrels(folder, line.format)
    assert load_task(f"retrieval:en-de={folder}").data.fingerprint() == before


def test_ids_may_hold_spaces_and_dashes_where_tabs_part_the_columns(folder):
    queries = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
    jsonl(folder / "queries.jsonl", (row | {"_id": f"test-{row['_id']} 0a"} for row in queries))
    rewrite_qrels(folder, lambda query, *rest: "\t".join((f"test-{query} 0a", *rest)))
    assert len(load_task(f"retrieval:en-de={folder}").data.queries) == 20


def test_a_relevant_document_that_is_not_there_counts_as_missed(folder, student, caplog):
    """As in ArguAna, five of whose relevant documents are not in its corpus."""
    before = values(load_task(f"retrieval:en-de={folder}").score(student))
    path = folder / "qrels" / "test.tsv"
    path.write_text(path.read_text(encoding="utf-8") + "q1\tnone\t1\n", encoding="utf-8")
    task = load_task(f"retrieval:en-de={folder}")
    assert "1 of 24 lines have a document id that is not in corpus.jsonl" in caplog.text
    after = values(task.score(student))
    assert after["recall_at_10"] < before["recall_at_10"]
    assert after["mrr_at_10"] == before["mrr_at_10"]


def test_judgments_of_queries_that_are_not_there_are_left_out(folder, caplog):
    before = load_task(f"retrieval:en-de={folder}").data
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as stream:
        stream.write("q99\td1\t1\n")
    assert load_task(f"retrieval:en-de={folder}").data == before
    assert "1 of 24 lines have a query id that is not in queries.jsonl" in caplog.text


def test_files_of_two_sets_are_refused(folder):
    rewrite_qrels(folder, lambda query, document, grade: f"{document}\t{query}\t{grade}")
    with pytest.raises(DataFormatError, match=r"23 of 23 lines have a query id.*one download"):
        load_task(f"retrieval:en-de={folder}")


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl"])
def test_one_json_array_is_refused_with_the_way_out(folder, file):
    rows = [json.loads(line) for line in (folder / file).open(encoding="utf-8")]
    for indent in (None, 1):
        (folder / file).write_text(json.dumps(rows, indent=indent), encoding="utf-8")
        with pytest.raises(DataFormatError, match="one JSON array"):
            load_task(f"retrieval:en-de={folder}")


def test_texts_that_are_numbers_are_refused(folder):
    rows = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
    jsonl(folder / "queries.jsonl", (row | {"text": str(at)} for at, row in enumerate(rows)))
    with pytest.raises(DataFormatError, match="holds numbers where sentences should stand"):
        load_task(f"retrieval:en-de={folder}")


def of_questions(relevant, texts=None):
    """Forty questions that are documents too, each answered by one of forty more."""
    corpus = {f"d{i}": f"w{i % 40} w{i % 40}x w{i}y" for i in range(80)}
    queries = {f"d{i}": (texts or corpus)[f"d{i}"] for i in range(40)}
    return RetrievalData(corpus, queries, {f"d{i}": relevant(i) for i in range(40)})


def test_a_document_with_the_id_of_the_query_is_not_ranked(toy):
    data = of_questions(lambda i: {f"d{i + 40}": 1.0})
    found = values(RetrievalTask("en-en", data).score(toy()))
    without = {
        query: RetrievalData(
            {one: text for one, text in data.corpus.items() if one != query},
            {query: data.queries[query]},
            {query: data.judgments[query]},
        )
        for query in data.queries
    }
    each = [values(RetrievalTask("en-en", one).score(toy())) for one in without.values()]
    for metric in ("ndcg_at_10", "mrr_at_10", "recall_at_10"):
        assert found[metric] == pytest.approx(np.mean([one[metric] for one in each]))
    assert found["mrr_at_10"] == 1  # the question itself would be first


def test_signatures_say_whether_own_documents_were_left_out(toy, folder):
    own = RetrievalTask("en-en", of_questions(lambda i: {f"d{i + 40}": 1.0})).score(toy())
    other = load_task(f"retrieval:en-de={folder}").score(toy())
    assert all("|identical_ids:ignored|" in score.signature for score in own)
    assert not any("identical_ids" in score.signature for score in other)
    assert comparable_part(own[0].signature) != comparable_part(other[0].signature)
    assert own[3].reason == "79 documents; recall at 100 needs more than 100"


def test_a_number_that_query_and_answer_share_is_no_own_document(toy):
    """Queries and documents are both counted from 1, and the judgments say what is meant."""
    texts = {f"d{i}": f"w{i} w{i}x" for i in range(40)}
    data = of_questions(lambda i: {f"d{i}": 1.0}, texts)
    assert own_documents(data) == frozenset()
    [ndcg, *_] = RetrievalTask("en-en", data).score(toy())
    assert ndcg.value > 0.5  # 0 if every answer were left out
    assert "identical_ids" not in ndcg.signature


def test_a_query_that_is_judged_to_answer_itself_finds_nothing_by_that(toy):
    data = of_questions(lambda i: {f"d{i}": 1.0, f"d{i + 40}": 1.0})
    assert len(own_documents(data)) == 40
    found = values(RetrievalTask("en-en", data).score(toy()))
    assert found["recall_at_10"] == 0.5
