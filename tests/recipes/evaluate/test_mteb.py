"""The bridge to mteb: equal numbers on equal vectors, and files that mteb can read."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import InputError, MissingExtraError, OutputFolderError
from isogloss.metrics.score import Score
from isogloss.protocols import FloatArray
from isogloss.recipes.evaluate.mteb import MtebModel, load_mteb_tasks, score_mteb
from isogloss.recipes.evaluate.mteb_results import mteb_results, write_mteb_results
from isogloss.recipes.evaluate.run import evaluate, format_table
from isogloss.tasks import BitextData, BitextTask, StsData, StsTask


class RandomVectors:
    """A vector of its own for every text; translations of a text (`de 3` of `en 3`) lie near it."""

    fingerprint = "random-vectors"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        self.asked += sentences
        return np.array([self._row(text) for text in sentences], np.float32)

    def _row(self, text: str) -> Any:
        _, _, meaning = text.partition(" ")
        near = np.random.default_rng(list(meaning.encode())).normal(size=16)
        own = np.random.default_rng(list(text.encode())).normal(size=16)
        return near + 0.8 * own


@pytest.fixture
def sts() -> StsData:
    gold = np.random.default_rng(0).integers(0, 51, 250) / 10
    first = [f"en {i}" for i in range(250)]
    second = [f"de {i if score > 2.5 else i + 500}" for i, score in enumerate(gold)]
    return StsData(first, second, gold)


@pytest.fixture
def bitext() -> BitextData:
    return BitextData([f"de {i}" for i in range(120)], [f"en {i}" for i in range(120)])


def in_memory(kind: str, columns: dict[str, Any]) -> Any:
    """A task of mteb whose data need no network."""
    pytest.importorskip("mteb")
    from datasets import Dataset
    from mteb.abstasks.sts import AbsTaskSTS
    from mteb.abstasks.task_metadata import TaskMetadata
    from mteb.abstasks.text.bitext_mining import AbsTaskBitextMining

    base: Any = {"STS": AbsTaskSTS, "BitextMining": AbsTaskBitextMining}[kind]

    class Task(base):  # type: ignore[misc]
        metadata = TaskMetadata(
            name=f"InMemory{kind}",
            dataset={"path": "none/none", "revision": "0" * 40},
            description="Made by a test.",
            type=kind,
            category="t2t",
            eval_splits=["test"],
            eval_langs=["eng-Latn"],
            main_score={"STS": "cosine_spearman", "BitextMining": "f1"}[kind],
            modalities=["text"],
        )
        min_score, max_score = 0, 5

        def load_data(self, **_: Any) -> None:
            self.dataset = {"test": Dataset.from_dict(columns)}
            self.data_loaded = True

    return Task()


def test_mtebs_sts_numbers_are_ours(sts: StsData) -> None:
    columns = {"sentence1": sts.sentences1, "sentence2": sts.sentences2, "score": sts.gold}
    model = RandomVectors()
    (theirs,) = score_mteb({"m": model}, [in_memory("STS", columns)])["m"]
    assert len(model.asked) == len(set(model.asked)) == 500
    ours = {s.metric: s.value for s in StsTask("en-de", sts).score(RandomVectors())}
    assert theirs.value == pytest.approx(ours["spearman"], abs=1e-6)
    assert (theirs.metric, theirs.data) == ("cosine_spearman", "InMemorySTS")
    assert "mteb:2." in theirs.signature


def test_mtebs_bitext_numbers_are_ours(bitext: BitextData) -> None:
    columns = {"sentence1": bitext.source, "sentence2": bitext.target}
    (theirs,) = score_mteb({"m": RandomVectors()}, [in_memory("BitextMining", columns)])["m"]
    ours = {s.metric: s.value for s in BitextTask("de-en", bitext).score(RandomVectors())}
    assert theirs.value == pytest.approx(ours["mteb_tatoeba_f1"], abs=1e-6)
    assert 0.3 < ours["mteb_tatoeba_f1"] < 0.999  # type: ignore[operator]


def test_mteb_scores_stand_in_the_same_table(sts: StsData) -> None:
    columns = {"sentence1": sts.sentences1, "sentence2": sts.sentences2, "score": sts.gold}
    models = {"m": RandomVectors()}
    more = score_mteb(models, [in_memory("STS", columns)])
    alone = evaluate(models, more=more)
    assert [row[0] for row in format_table(alone).rows] == ["mteb"]
    both = evaluate(models, [StsTask("en-de", sts)], more=more)
    assert [score.task for score in both.scores["m"]] == ["sts", "sts", "mteb"]


def test_names_are_checked_before_any_work() -> None:
    pytest.importorskip("mteb")
    with pytest.raises(InputError, match=r"'STS71' is no task of mteb.*did you mean 'STS1"):
        load_mteb_tasks(["STS71"])
    (task,) = load_mteb_tasks(["STS17"], ["de"])
    assert sorted(task.hf_subsets) == ["en-de", "en-en"]


def test_mteb_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mteb", None)
    for call in (lambda: load_mteb_tasks(["STS17"]), lambda: score_mteb({}, [])):
        with pytest.raises(MissingExtraError, match=r"pip install 'isogloss\[mteb\]'"):
            call()


def test_similarities_are_cosines() -> None:
    model = MtebModel("a/b", RandomVectors())
    one, other = np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([[3.0, 4.0], [1.0, 0.0]])
    assert model.similarity(one, other) == pytest.approx(np.array([[1, 0.6], [0.8, 0]]), abs=1e-6)
    assert model.similarity_pairwise(one, other) == pytest.approx([1, 0], abs=1e-6)


def score(data: str, languages: str, metric: str, value: float | None) -> Score:
    return Score("sts", languages, metric, value, None, None, 250, "s", data=data, reason="none")


SCORES = [
    score("sts17", "en-es", "spearman", 0.71),
    score("sts17", "en-es", "pearson", 0.72),
    score("sts17", "all", "spearman_mean", 0.5),
    score("sts17", "en-de", "spearman", None),
    score("stsb-multi-mt", "de-de", "spearman", 0.75),
    score("stsb-multi-mt", "en-de", "spearman", 0.65),
    score("tatoeba", "zh-en", "mteb_tatoeba_f1", 0.9),
    score("tatoeba", "zh-en", "accuracy_source_to_target", 0.92),
    score("korsts", "ko-ko", "spearman", 0.6),
    score("own.tsv", "de-de", "spearman", 0.1),
]


def test_scores_take_mtebs_shape_and_names() -> None:
    found = mteb_results(SCORES)
    rows = {task: content["scores"]["test"] for task, content in found.items()}
    assert rows["STS17"] == [
        {
            "cosine_spearman": 0.71,
            "cosine_pearson": 0.72,
            "main_score": 0.71,
            "hf_subset": "es-en",
            "languages": ["spa-Latn", "eng-Latn"],
        }
    ]
    assert [row["hf_subset"] for row in rows["STSBenchmarkMultilingualSTS"]] == ["de"]
    (chinese,) = rows["Tatoeba"]
    assert (chinese["hf_subset"], chinese["main_score"]) == ("cmn-eng", 0.9)
    assert chinese["languages"] == ["cmn-Hans", "eng-Latn"]
    assert rows["KorSTS"][0]["languages"] == ["kor-Kore"]


def test_every_model_has_its_files(tmp_path: Path) -> None:
    paths = write_mteb_results({"mean:a/b": SCORES, "c": SCORES[:1]}, tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in paths][-1] == "mteb/c/STS17.json"
    assert paths[0].parent.name == "mean-a__b"
    assert json.loads(paths[0].read_text())["task_name"] == "STS17"
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFolderError):
        write_mteb_results({"c": SCORES}, tmp_path / "file")


def test_mteb_reads_the_files(tmp_path: Path) -> None:
    mteb = pytest.importorskip("mteb")
    for path in write_mteb_results({"m": SCORES}, tmp_path):
        result = mteb.TaskResult.from_disk(path)
        assert result.task_name == path.stem
        assert result.get_score() == pytest.approx(result.scores["test"][0]["main_score"])


@pytest.mark.parametrize(
    ("code", "subset"), [("zh", "cmn-eng"), ("fa", "pes-eng"), ("sw", "swh-eng"), ("no", "nob-eng")]
)
def test_mteb_names_kinds_of_languages_that_people_call_by_one_name(code: str, subset: str) -> None:
    pytest.importorskip("mteb")
    (task,) = load_mteb_tasks(["Tatoeba"], [code])
    assert subset in task.hf_subsets


def test_a_task_of_other_languages_is_told() -> None:
    pytest.importorskip("mteb")
    with pytest.raises(InputError, match="KorSTS has no subset of uk"):
        load_mteb_tasks(["STS17", "KorSTS"], ["uk"])
