"""What a run is refused for before anything is embedded, and what is left of its data."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from isogloss.console import Silent
from isogloss.errors import DataFormatError, InputError, IsoglossError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.pairs import RunPairs, load_pairs
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.runs.record import as_json
from isogloss.samples import read_rows
from isogloss.vectors.store import TargetStore

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes pairs of the samples, or other lines, and names the place."""

    def make(name: str, lines: list[str] | range, language: str = "de") -> str:
        if isinstance(lines, range):
            rows = read_rows("train")
            lines = [f"{rows[i]['en']}\t{rows[i][language]}" for i in lines]
        path = tmp_path / f"{name}.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return f"en-{language}={path}"

    return make


@pytest.fixture
def fresh(
    recipe: DistillRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DistillRecipe]:
    """A recipe of some places; that anything is embedded is a failure."""
    monkeypatch.setattr(TargetStore, "ensure", lambda *arguments: pytest.fail("hours of work"))
    return lambda *pairs, **more: replace(recipe, pairs=pairs, out=str(tmp_path / "out"), **more)


def refused(recipe: DistillRecipe, message: str, kind: type[IsoglossError] = InputError) -> None:
    """By the run, and by the dry run."""
    with pytest.raises(kind, match=message):
        distill(recipe)
    with pytest.raises(kind, match=message):
        plan(recipe)


def gathered(recipe: DistillRecipe) -> RunPairs:
    return load_pairs(recipe, None, [], Silent())


def test_a_tiny_language_beside_a_large_one_is_refused(
    fresh: Any, write: Write, tmp_path: Path
) -> None:
    tiny = write("tiny", range(22))
    refused(fresh(write("uk", range(300), "uk"), tiny), "en-de has 22 usable pairs with 22 diff")
    assert not (tmp_path / "out").exists()


def test_many_pairs_of_few_source_sentences_are_refused(fresh: Any, write: Write) -> None:
    few = [f"The number is {i % 11}.\tEs ist die {i}." for i in range(270)]
    refused(fresh(write("few", few)), "270 usable pairs with 11 different source sentences")


def test_the_rows_that_a_refused_run_dropped_are_kept_and_named(
    fresh: Any, write: Write, recipe: DistillRecipe, tmp_path: Path
) -> None:
    twice = ["Hello there.\tHallo du."] * 400
    made, rejects = fresh(write("dup", twice)), tmp_path / "out" / "rejects"
    with pytest.raises(InputError, match=r"399 of 400 rows are dropped, 399 duplicate.*rejects"):
        distill(made)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rejects"]
    [file] = rejects.iterdir()
    assert len(file.read_text("utf-8").splitlines()) == 399
    unusable = fresh(write("other", range(200)), write("none", ["no tab"] * 3))
    with pytest.raises(DataFormatError, match=r"01-en-de\.tsv, and put one tab"):
        distill(unusable)
    assert [path.name for path in rejects.iterdir()] == ["01-en-de.tsv"]  # the others are gone
    with pytest.raises(InputError, match="22 usable pairs"):
        distill(fresh(write("tiny", range(22))))
    assert list((tmp_path / "out").iterdir()) == []


def test_after_a_refusal_the_same_folder_takes_the_next_run(
    recipe: DistillRecipe, write: Write, tmp_path: Path
) -> None:
    out = str(tmp_path / "out")
    with pytest.raises(DataFormatError):
        distill(replace(recipe, out=out, pairs=(write("none", ["no tab"] * 3),)))
    training = replace(recipe.training, minutes=0.0)
    run = distill(replace(recipe, out=out, training=training)).record
    assert run.data[0].kept > 100
    assert not list((tmp_path / "out" / "rejects").glob("*none*"))


def test_a_folder_of_somebody_else_is_not_taken_for_a_refused_run(
    fresh: Any, write: Write, tmp_path: Path
) -> None:
    theirs = tmp_path / "out" / "rejects" / "letters.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("Dear Sir,")
    with pytest.raises(IsoglossError, match="is not empty and holds no run"):
        distill(fresh(write("de", range(300))))
    assert theirs.read_text() == "Dear Sir,"


def test_a_pair_that_stands_in_two_places_is_learned_and_tested_once(
    fresh: Any, write: Write
) -> None:
    once = gathered(fresh(write("a", range(300))))
    twice = gathered(fresh(write("a", range(300)), write("b", range(300))))
    assert list(twice.dev["de"]) == list(once.dev["de"])
    assert [list(part) for part in twice.new] == [list(part) for part in once.new]
    overlap = gathered(fresh(write("a", range(300)), write("b", range(200, 500))))
    pairs = [*(p for part in overlap.new for p in part), *overlap.dev["de"]]
    assert len(pairs) == len(set(pairs)) > 450
    assert not {s for s, _ in overlap.dev["de"]} & {s for part in overlap.new for s, _ in part}
    for row in (*twice.record, *overlap.record):
        assert row["read"] == row["kept"] + sum(row["dropped"].values())
    assert twice.record[1]["kept"] == 0
    assert overlap.record[1]["dropped"]["in an earlier place"] == 100


def test_who_keeps_duplicates_keeps_them_in_two_places_too(fresh: Any, write: Write) -> None:
    made = fresh(write("a", range(200)), write("b", range(200)))
    kept = gathered(replace(made, cleaning=replace(made.cleaning, drop_duplicates=False)))
    assert [row["kept"] for row in kept.record] == [200, 200]


@pytest.mark.parametrize("pair", ["en-en", "eng-en"])
def test_one_language_on_both_sides_is_refused(
    fresh: Any, write: Write, tmp_path: Path, pair: str
) -> None:
    lines = [f"This is the sentence number {i}.\tHere is sentence no {i}." for i in range(300)]
    place = write("para", lines).partition("=")[2]
    refused(fresh(f"{pair}={place}"), f"--pairs {pair}=.*has en on both sides; expected the teach")
    refused(fresh(write("de", range(200)), f"{pair}={place}"), "has en on both sides")
    refused(fresh(write("de", range(200)), f"de-en={place}"), "source languages de, en; expected")
    two = gathered(fresh(f"en-US-en-GB={place}"))
    assert set(two.dev) == {"en-GB"}


def test_a_language_named_in_two_ways_is_one(fresh: Any, write: Write) -> None:
    other = write("b", range(100, 130)).replace("en-de=", "eng-deu=")
    assert set(gathered(fresh(write("a", range(120)), other)).dev) == {"de"}


def constant(folder: Path) -> Path:
    """Makes a model give one vector to everything."""
    weights = load_file(folder / "model.safetensors")
    [name] = [n for n in weights if n.endswith("encoder.layer.1.output.LayerNorm.weight")]
    weights[name] = torch.zeros_like(weights[name])
    weights[name.replace("weight", "bias")] = torch.ones_like(weights[name])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_a_teacher_that_gives_one_vector_to_everything_is_refused(
    fresh: Any, write: Write, tiny_teacher: Path, tmp_path: Path
) -> None:
    teacher = constant(shutil.copytree(tiny_teacher, tmp_path / "constant"))
    made = fresh(write("de", range(200)), teacher=str(teacher))
    refused(made, r"teacher '.*constant' gives one and the same vector to \d+ different sentences")
    assert not (tmp_path / "out").exists()


def test_what_a_run_of_few_held_out_sentences_writes_is_json(
    recipe: DistillRecipe, write: Write, tmp_path: Path
) -> None:
    """Languages of which one holds out the fewest sentences that can be, and an alarm in each."""
    pairs = (write("uk", range(300), "uk"), write("de", range(100)))
    made = replace(recipe, pairs=pairs, out=str(tmp_path / "out"))
    run = distill(replace(made, training=replace(made.training, epochs=1.0))).record

    def refuse(word: str) -> None:
        raise AssertionError(word)

    text = (tmp_path / "out" / "run.json").read_text("utf-8")
    assert json.loads(text, parse_constant=refuse) == json.loads(json.dumps(as_json(run)))
    training = run.training
    assert training.best_value == min(entry.dev["fvu"] for entry in training.history)
    assert {"fvu_de", "fvu_uk"} <= set(training.history[0].dev)
