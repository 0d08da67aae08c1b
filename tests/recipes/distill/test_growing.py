"""A finished student learns another language: its tokens stay, earlier pairs are taught along."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.console import Silent
from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.tokens import token_embeddings
from isogloss.errors import InputError, MissingFileError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.pairs import load_pairs
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.replay import find_base_run, sample_replay
from isogloss.recipes.distill.run import distill
from isogloss.recipes.distill.student import resolve_student
from isogloss.recipes.trim import trim
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("spanish") / "corpus.tsv"
    rows = read_rows("train")[:200]
    path.write_text("".join(f"{r['en']}\t{r['es']}\n" for r in rows), encoding="utf-8")
    return f"en-es={path}"


@pytest.fixture(scope="module", params=["transplant", "static"])
def finished(
    request: pytest.FixtureRequest,
    recipe: DistillRecipe,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DistillRecipe]:
    out = tmp_path_factory.mktemp("finished") / "de"
    made = replace(
        recipe,
        out=str(out),
        student=replace(recipe.student, kind=request.param),
        tasks=(f"health:{recipe.pairs[0]}",),  # sentences that new tokens cut anew are among them
        training=replace(recipe.training, epochs=1.0),
    )
    distill(made)
    yield made


def grown(finished: DistillRecipe, pairs: str, out: Path, **given: object) -> DistillRecipe:
    student = StudentRecipe(finished.out, finished.student.transplant, **given)  # type: ignore[arg-type]
    return replace(finished, pairs=(pairs,), out=str(out), student=student)


def run_of(folder: Path, **account: object) -> str:
    """The folder of a finished run of which only the account is read."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(account), encoding="utf-8")
    return str(folder)


def figures(rows: list[dict[str, Any]], model: str, languages: str = "en-de") -> dict[Any, float]:
    """What a model scored in a pair of languages."""
    return {
        (row["task"], row["metric"], row["data"]): row["value"]
        for row in rows
        if (row["model"], row["languages"]) == (model, languages) and row["value"] is not None
    }


def test_the_language_is_added_and_the_earlier_one_rehearsed(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    more = grown(finished, spanish, tmp_path / "more")
    assert resolve_student(more.student).student.kind == finished.student.kind
    result = distill(more)
    new, old = result.record.data
    assert (new.languages, old.languages) == ("en-es", "en-de")
    assert old.replayed == pytest.approx(0.3 / 0.7 * (new.kept - new.dev), abs=2)
    before = json.loads((Path(finished.out) / "run.json").read_text("utf-8"))
    earlier = before["student"]["tokens_after"]
    assert 0 <= earlier - result.record.student.tokens_before < 10  # whole words move behind
    assert result.record.student.tokens_after > earlier
    assert result.record.student.new_tokens > 0
    assert result.record.student.kind == finished.student.kind
    rows = result.evaluation.rows()
    assert {row["model"] for row in rows} == {"teacher", "before", "trained"}
    assert {row["languages"] for row in rows} == {"en-de", "en-es"}
    ended = json.loads((Path(finished.out) / "scores.json").read_text("utf-8"))
    assert figures(rows, "before") == pytest.approx(figures(ended, "trained"), abs=1e-4)
    known, knows = (
        set(getattr(tokenizer, "backend_tokenizer", tokenizer).get_vocab(with_added_tokens=True))
        for tokenizer in (
            load_sentence_transformer(Path(folder), device="cpu").tokenizer
            for folder in (finished.out, more.out)
        )
    )
    assert known < knows
    assert find_base_run(more.out) is not None


def test_before_training_its_sentences_have_the_same_vectors(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    more = grown(finished, spanish, tmp_path / "more")
    distill(replace(more, training=replace(more.training, minutes=0.0)))
    texts = [row[code] for row in read_rows("train")[:250] for code in ("en", "de")]
    before = load_encoder(finished.out, precision="fp32").encode(texts)
    after = load_encoder(Path(more.out) / "untrained", precision="fp32").encode(texts)
    same = np.abs(before - after).max(axis=1) < 1e-5
    assert same.mean() > 0.9  # the others are cut anew, by a piece that Spanish brought


@pytest.mark.parametrize("others", [(), ("spanish",)])
def test_what_it_learned_of_a_language_is_where_more_of_it_begins(
    finished: DistillRecipe, spanish: str, tmp_path: Path, others: tuple[str, ...]
) -> None:
    path = tmp_path / "more.tsv"
    rows = read_rows("train")[250:]
    path.write_text("".join(f"{row['en']}\t{row['de']}\n" for row in rows), encoding="utf-8")
    more = grown(finished, f"en-de={path}", tmp_path / "more")
    more = replace(more, pairs=(*more.pairs, *(spanish for _ in others)))
    facts = prepare(more, [], RunLog()).facts
    assert facts.student.restarted_tokens == 0
    known, after = (
        load_sentence_transformer(Path(folder), device="cpu")
        for folder in (finished.out, Path(more.out) / "untrained")
    )
    ids, now = (tokenizer_state(model.tokenizer)["model"]["vocab"] for model in (known, after))
    before = token_embeddings(known).weight[[*ids.values()]]
    assert torch.equal(before, token_embeddings(after).weight[[now[piece] for piece in ids]])


def test_a_trimmed_student_learns_more(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    report = trim(finished.out, small, languages=["de"])
    more = replace(
        grown(finished, spanish, tmp_path / "more"),
        student=StudentRecipe(str(small), finished.student.transplant),
        training=replace(finished.training, minutes=0.0),
    )
    run = distill(more).record
    assert [entry.languages for entry in run.data] == ["en-es", "en-de"]
    assert 0 <= report.tokens_after - run.student.tokens_before < 10  # whole words move
    assert "trim" not in run


def test_without_replay_nothing_earlier_is_read(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    result = distill(grown(finished, spanish, tmp_path / "more", replay=0.0))
    assert [entry.languages for entry in result.record.data] == ["en-es"]


def test_every_earlier_language_is_rehearsed_however_small() -> None:
    """A language without a pair would have no batch to stand in."""
    parts = [
        ParallelSentences("en", language, ["a"] * n, ["b"] * n)
        for language, n in (("de", 100_000), ("tt", 100))
    ]
    assert [len(part) for part in sample_replay(parts, 300, 0.3)] == [128, 1]
    assert [len(part) for part in sample_replay([part.take([]) for part in parts], 300, 0.3)] == [
        0,
        0,
    ]


def test_pairs_that_are_gone_are_missed(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(finished.out, moved)
    run = json.loads((moved / "run.json").read_text("utf-8"))
    run["data"][0]["where"] = "en-de=/nowhere/corpus.tsv"
    (moved / "run.json").write_text(json.dumps(run), encoding="utf-8")
    made = replace(grown(finished, spanish, tmp_path / "out"), student=StudentRecipe(str(moved)))
    with pytest.raises(MissingFileError, match=r"nowhere.*give their pairs with --pairs"):
        distill(made)
    assert not (tmp_path / "out").exists()
    with_theirs = replace(made, pairs=(spanish, *finished.pairs))
    pairs = load_pairs(with_theirs, find_base_run(str(moved)), [], Silent())
    assert [part.target_language for part in pairs.new] == ["es"]
    [rehearsed] = pairs.replay
    assert rehearsed.target_language == "de"
    assert len(rehearsed) < 0.5 * len(pairs.new[0])


def test_another_teacher_is_refused(
    finished: DistillRecipe, spanish: str, make_teacher, tmp_path: Path
) -> None:
    made = replace(grown(finished, spanish, tmp_path / "out"), teacher=str(make_teacher(seed=7)))
    with pytest.raises(InputError, match="expected the same teacher"):
        distill(made)


def test_another_prompt_is_refused(finished: DistillRecipe, spanish: str, tmp_path: Path) -> None:
    made = replace(grown(finished, spanish, tmp_path / "out"), prompt="query: ")
    with pytest.raises(InputError, match=r"with the prompt '', not 'query: '.*leave prompt out"):
        distill(made)
    with pytest.raises(InputError, match="not 'query: '"):
        plan(made)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_knows_what_the_student_is_and_what_is_taught_along(
    finished: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    told = plan(grown(finished, spanish, tmp_path / "more"))
    before = json.loads((Path(finished.out) / "run.json").read_text("utf-8"))["student"]
    new = told["student"]["new_tokens"]
    assert told["student"]["kind"] == finished.student.kind
    assert told["student"]["parameters"] == pytest.approx(before["parameters"] + 32 * new, abs=99)
    train = told["estimate"]["pairs"] - told["data"][0]["dev"]
    assert told["estimate"]["replayed_pairs"] == pytest.approx(0.3 / 0.7 * train, abs=2)
    assert [row["languages"] for row in told["data"]] == ["en-es", "en-de"]
    assert not (tmp_path / "more").exists()


def test_a_fine_tuned_student_is_refused(tmp_path: Path) -> None:
    tuned = run_of(tmp_path / "sts", command="finetune", recipe={"model": "runs/de"})
    with pytest.raises(InputError, match=r"sts' is fine-tuned.*--student runs/de, then fine-tune"):
        resolve_student(StudentRecipe(tuned))


def test_a_run_does_not_overwrite_what_it_starts_from(
    finished: DistillRecipe, spanish: str
) -> None:
    for out in (Path(finished.out), Path(finished.out).parent):
        with pytest.raises(InputError, match="which this run starts from"):
            distill(grown(finished, spanish, out), overwrite=True)


@pytest.mark.parametrize("named", ["en-de={}", "{}", "en-de={}?source=1&target=2"])
@pytest.mark.parametrize("field", ["pairs", "tasks"])
def test_a_run_does_not_throw_away_its_own_data(
    finished: DistillRecipe, tmp_path: Path, named: str, field: str
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished.out, out)
    data = out / "more" / "en-de.tsv"
    data.parent.mkdir()
    data.write_text("A lamp.\tEine Lampe.\n" * 9, encoding="utf-8")
    place = named.format(data) if field == "pairs" else f"bitext:en-de={data}"
    again = replace(finished, out=str(out), **{field: (place,)})
    with pytest.raises(InputError, match="which this run starts from"):
        distill(again, overwrite=True)
    assert data.is_file()
    assert (out / "run.json").is_file()
