"""One story: three languages for a tiny teacher, and everything that such a run leaves behind."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.names import fingerprint_model
from isogloss.errors import (
    DataFormatError,
    InputError,
    MissingFileError,
    ModelShapeError,
    OutputFolderError,
)
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.finish import FinishedRun
from isogloss.recipes.quickstart import summary, write_samples
from isogloss.runs.items import read_items
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.record import DistillRecord, as_json
from isogloss.samples import read_rows
from isogloss.students.pretrained import Pretrained
from isogloss.students.transplant import Transplant
from isogloss.training.distill.settings import TrainSettings
from isogloss.vectors.store import TargetStore

from ..pictures import MOST, pictures


@pytest.fixture(scope="module")
def story(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """What quickstart does, with a tiny teacher."""
    folder = tmp_path_factory.mktemp("story")
    pairs, tasks = write_samples(folder / "data")
    recipe = DistillRecipe(
        teacher=str(tiny_teacher),
        pairs=tuple(pairs),
        out=str(folder / "student"),
        training=TrainSettings(epochs=0.5, tokens_per_batch=2_048, evaluations=3),
        tasks=tuple(tasks),
    )
    with pictures(DistillRecord):
        return distill(recipe)


def test_the_folder_holds_a_model_and_its_account(story: FinishedRun) -> None:
    names = {path.name for path in story.folder.iterdir()}
    account = {"README.md", "report.md", "run.json", "scores.json", "items.npz"}
    account |= {"plots", "untrained"}
    model = {"modules.json", "config.json", "model.safetensors", "tokenizer.json", "1_Pooling"}
    assert account | model <= names
    assert story.record.student.sentence_transformers == "2.7"
    assert "With Sentence Transformers 2.7 or newer:" in (story.folder / "README.md").read_text()
    for place in (story.folder, story.folder / "untrained"):
        kinds = [m["type"] for m in json.loads((place / "modules.json").read_text("utf-8"))]
        assert all(kind.startswith("sentence_transformers.models.") for kind in kinds)
    assert "work" not in names
    assert not [name for name in names if name.startswith(".")]


def test_the_values_per_item_are_those_of_all_three_models(story: FinishedRun) -> None:
    items = read_items(story.folder)
    assert {one.model for one in items} == {"teacher", "untrained", "trained"}
    kept = {(one.model, one.task, one.languages, one.data, one.metric) for one in items}
    accuracies = {
        (label, score.task, score.languages, score.data, score.metric)
        for label, scores in story.evaluation.scores.items()
        for score in scores
        if score.metric == "accuracy_mean"
    }
    assert accuracies
    assert accuracies <= kept


def test_the_account_is_complete(story: FinishedRun, tiny_teacher: Path) -> None:
    run = json.loads((story.folder / "run.json").read_text("utf-8"))
    assert run == as_json(story.record)
    assert run["recipe"]["teacher"] == run["teacher"]["name"] == str(tiny_teacher)
    assert run["teacher"]["fingerprint"] == fingerprint_model(tiny_teacher)
    assert run["student"]["fingerprint"] == fingerprint_model(story.folder)
    assert [row["languages"] for row in run["data"]] == ["en-de", "en-es", "en-uk"]
    for row in run["data"]:
        assert row["read"] == row["kept"] + sum(row["dropped"].values())
        assert row["read"] == len(read_rows("train"))
        assert 0.02 < row["dev"] / row["kept"] < 0.09
    training = run["training"]
    assert training["steps"] > 0
    assert training["best_value"] == min(e["dev"]["fvu"] for e in training["history"])
    assert len(training["history"]) == 3
    assert training["history"][-1]["fraction"] == 1.0
    assert {"fvu_de", "fvu_es", "fvu_uk", "fvu_source"} <= set(training["history"][0]["dev"])
    assert run["peak_memory_bytes"] > 1e8
    assert {"data", "targets", "student", "training", "evaluation", "all"} <= set(run["seconds"])
    assert not any("NaN" in line for line in (story.folder / "run.json").read_text().splitlines())


def test_every_task_has_scores_of_teacher_untrained_and_trained(story: FinishedRun) -> None:
    rows = json.loads((story.folder / "scores.json").read_text("utf-8"))
    keys = {"task", "languages", "metric", "value", "low", "high", "n", "signature", "model"}
    assert all(keys <= set(row) for row in rows)
    assert {row["model"] for row in rows} == {"teacher", "untrained", "trained"}
    for model in ("teacher", "untrained", "trained"):
        spearman = [r for r in rows if r["model"] == model and r["metric"] == "spearman"]
        assert len(spearman) == 10
        assert all(r["n"] == 240 for r in spearman)
        found = {r["languages"] for r in rows if r["model"] == model and r["task"] == "bitext"}
        assert found == {"en-de", "en-es", "en-uk"}
    fvu = {(r["model"], r["languages"]): r["value"] for r in rows if r["metric"] == "fvu_target"}
    for languages in ("en-de", "en-es", "en-uk"):
        assert fvu["trained", languages] < fvu["untrained", languages]


def test_the_trained_student_is_any_sentence_transformers_model(story: FinishedRun) -> None:
    texts = [row[code] for row in read_rows("held_out")[:10] for code in ("en", "de", "uk")]
    expected = SentenceTransformer(str(story.folder), device="cpu").encode(texts)
    ours = load_encoder(story.folder, precision="fp32").encode(texts)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    untrained = load_encoder(story.folder / "untrained", precision="fp32").encode(texts)
    assert np.abs(untrained - ours).max() > 0.01


def test_sentence_transformers_cuts_its_vectors_where_it_is_loaded(story: FinishedRun) -> None:
    texts = [row["de"] for row in read_rows("held_out")[:10]]
    cut = SentenceTransformer(str(story.folder), device="cpu", truncate_dim=8)
    first = load_encoder(story.folder, precision="fp32").encode(texts)[:, :8]
    np.testing.assert_allclose(cut.encode(texts), first, atol=1e-5)
    unit = first / np.linalg.norm(first, axis=1, keepdims=True)
    np.testing.assert_allclose(cut.encode(texts, normalize_embeddings=True), unit, atol=1e-5)


def test_people_find_a_report_a_card_and_pictures(story: FinishedRun) -> None:
    report = (story.folder / "report.md").read_text("utf-8")
    assert report.count("| en-uk |") + report.count("en-uk") >= 2
    card = (story.folder / "README.md").read_text("utf-8")
    assert card.startswith("---\n")
    assert "sentence-transformers" in card.split("---")[1]
    plots = {path.name: path for path in (story.folder / "plots").iterdir()}
    assert {"training_curve.png", "accuracy.png", "sts.png", "sts_difference.png"} < set(plots)
    assert len(plots) == MOST
    assert "9 more plots of cosines against grades would follow" in report
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in plots.values())


def test_the_summary_has_a_row_for_every_pair_of_languages(story: FinishedRun) -> None:
    table = summary(story)
    assert len(table.rows) == 10
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert all(row[1] for row in table.rows)


def test_a_repeated_run_is_the_same_student(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path
) -> None:
    weights = []
    for name in ("one", "two"):
        made = begun(tmp_path / name)
        made = replace(made, training=replace(made.training, epochs=0.5))
        weights.append((distill(made, resume=True).folder / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_a_precision_that_is_given_when_a_run_goes_on_is_taken(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path
) -> None:
    made = begun(tmp_path / "out")
    other = "fp32" if made.training.precision == "bf16" else "bf16"
    training = replace(made.training, epochs=0.1, precision=other)
    record = distill(replace(made, training=training), resume=True).record
    assert record is not None and record.training.precision == other


def test_half_a_student_is_cleared_away(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path
) -> None:
    made = begun(tmp_path / "out")
    (tmp_path / "out" / "work" / "prepared.json").unlink()
    left = tmp_path / "out" / "untrained" / "rotation"
    left.mkdir()
    distill(made, resume=True)
    assert (tmp_path / "out" / "untrained" / "modules.json").exists() and not left.exists()


def test_a_run_begun_with_another_recipe_is_not_gone_on_with(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path
) -> None:
    made = begun(tmp_path / "out")
    with pytest.raises(InputError, match="begun with another recipe"):
        distill(replace(made, dev_pairs=7), resume=True)
    assert (tmp_path / "out" / "work" / "prepared.json").exists()
    with pytest.raises(OutputFolderError, match="--resume"):
        distill(made)


def test_a_preparation_whose_account_is_damaged_is_not_gone_on_with(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path
) -> None:
    made = begun(tmp_path / "out")
    marker = tmp_path / "out" / "work" / "prepared.json"
    content = json.loads(marker.read_text("utf-8"))
    marker.write_text(json.dumps(content | {"dim": "wide"}), encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"prepared\.json is damaged: dim .* --overwrite"):
        distill(made, resume=True)
    marker.write_text(marker.read_text("utf-8")[:40], encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"prepared\.json is no JSON"):
        distill(made, resume=True)


def test_targets_that_are_gone_are_missed_before_training(
    begun: Callable[[Path], DistillRecipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begun(tmp_path / "out")
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "another"))
    with pytest.raises(MissingFileError, match=r"lacks \d+ vectors.*ISOGLOSS_CACHE"):
        distill(made, resume=True)


def test_the_teacher_embeds_each_sentence_once_for_all_runs(
    recipe: DistillRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.recipes.distill.prepare import prepare

    ensured: list[int] = []
    ensure = TargetStore.ensure

    def counting(self: TargetStore, *arguments: Any) -> int:
        ensured.append(ensure(self, *arguments))
        return ensured[-1]

    monkeypatch.setattr(TargetStore, "ensure", counting)
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    for name in ("one", "two"):
        prepare(replace(recipe, out=str(tmp_path / name)), [], RunLog())
    assert ensured[0] > 200
    assert ensured[1] == 0


def test_the_prompt_is_the_teachers_alone(
    recipe: DistillRecipe, tmp_path: Path, tiny_teacher: Path
) -> None:
    """The targets are those of the prompted teacher, and the student needs no prompt."""
    from isogloss.recipes.distill.prepare import prepare

    prepared = prepare(replace(recipe, out=str(tmp_path / "out"), prompt="query: "), [], RunLog())
    [dev] = prepared.dev.values()
    store = prepared.store()
    prompted = load_encoder(tiny_teacher, precision="fp32", prompt="query: ")
    vectors = store.gather(store.find(dev.source))
    np.testing.assert_allclose(vectors, prompted.encode(dev.source), atol=1e-3)
    examples = prepared.examples()
    tokenizer = load_encoder(prepared.untrained, precision="fp32").model.tokenizer
    start, _ = examples.streams["en"]
    assert "query" not in tokenizer.decode(examples.table[start].tolist())


def test_what_depends_on_the_student_is_named() -> None:
    pretrained = TrainSettings().resolved(Pretrained.defaults)
    assert (pretrained.learning_rate, pretrained.frozen_layers) == (4e-4, 0.0)
    transplant = TrainSettings(frozen_layers=0.5).resolved(Transplant.defaults)
    assert (transplant.learning_rate, transplant.frozen_layers) == (6.5e-4, 0.5)


def test_source_sentences_that_are_cut_differently_are_rehearsed_more(
    recipe: DistillRecipe, tmp_path: Path
) -> None:
    from isogloss.recipes.distill.examples import RECUT_COPIES
    from isogloss.recipes.distill.prepare import prepare

    prepared = prepare(replace(recipe, out=str(tmp_path / "out")), [], RunLog())
    examples = prepared.examples()
    start, end = examples.streams["en"]
    table = examples.table.take(np.arange(start, end))
    keys, counts = np.unique(examples.keys[start:end], return_counts=True)
    recut = set(examples.keys[start:end][table.holding(prepared.facts.n_old)])
    assert 0 < len(recut) < len(keys)
    for key, count in zip(keys, counts, strict=True):
        assert count == (RECUT_COPIES if key in recut else 1)


def test_a_student_that_does_not_fit_is_refused_before_the_teacher_works(
    recipe: DistillRecipe,
    make_decoder: Callable[[], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TargetStore, "ensure", lambda *arguments: pytest.fail("hours of work"))
    decoder = StudentRecipe(kind=str(make_decoder()))
    with pytest.raises(ModelShapeError, match="is a decoder"):
        distill(replace(recipe, out=str(tmp_path / "out"), student=decoder))
    assert not (tmp_path / "out").exists()
