"""What a distillation would do: sizes as they will be, limits as they hold, nothing made."""

import shutil
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from isogloss import spooled
from isogloss.console import Silent
from isogloss.errors import InputError, ModelShapeError
from isogloss.recipes.distill import dry_run
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.pairs import load_pairs
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.runs.lifecycle import RunLog
from isogloss.students import estimate
from isogloss.students.settings import PretrainedSettings, TransplantSettings
from isogloss.students.static import STATIC_RATE
from isogloss.training.distill.batches import BatchPlan
from isogloss.training.distill.settings import TrainSettings
from isogloss.vectors.store import KEY_BYTES, hash_texts


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A target store that nobody has made yet."""
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def fresh(recipe: DistillRecipe, tmp_path: Path) -> DistillRecipe:
    return replace(recipe, out=str(tmp_path / "out"))


def of_kind(recipe: DistillRecipe, kind: str, **pretrained: Any) -> DistillRecipe:
    student = StudentRecipe(kind, pretrained=PretrainedSettings(**pretrained), start="none")
    training = TrainSettings(epochs=1.0, precision="fp32", token_optimizer="adamw")
    return replace(recipe, student=student, training=training)


def test_it_makes_nothing(fresh: DistillRecipe, cache: Path) -> None:
    told = plan(replace(fresh, teacher_dim=16))["estimate"]
    assert not cache.exists()
    assert not Path(fresh.out).exists()
    assert told["targets_to_embed"] == told["distinct_source_sentences"] > 200


def test_targets_that_are_there_are_not_embedded_again(fresh: DistillRecipe, cache: Path) -> None:
    told = plan(fresh)
    assert told["estimate"]["targets_to_embed"] == told["estimate"]["distinct_source_sentences"]
    prepared = prepare(fresh, [], RunLog())
    again = plan(fresh)
    assert again["estimate"]["targets_to_embed"] == again["estimate"]["targets_seconds"] == 0
    assert again["data"] == [part.model_dump(exclude_unset=True) for part in prepared.facts.data]
    assert again["estimate"]["target_store_bytes"] == (2 * 32 + KEY_BYTES) * len(prepared.store())


def test_a_pretrained_student_is_counted_itself(
    fresh: DistillRecipe, make_teacher: Callable[..., Path], tmp_path: Path
) -> None:
    encoder = str(make_teacher(hidden=16, layers=4))
    small = of_kind(fresh, encoder, layer_stride=2)
    told = plan(small)
    made = prepare(small, [], RunLog()).facts.student
    assert told["student"]["kind"] == "pretrained"
    assert told["student"]["parameters"] == made.parameters
    assert told["student"]["new_tokens"] == 0
    assert told["estimate"]["student_bytes"] == 4 * (made.parameters or 0)
    large = plan(of_kind(fresh, str(make_teacher(hidden=64))))
    more = large["student"]["parameters"] - told["student"]["parameters"]
    bytes_more = large["estimate"]["peak_memory_bytes"] - told["estimate"]["peak_memory_bytes"]
    assert more > 0
    assert bytes_more == pytest.approx(estimate.PARAMETER_BYTES * more, rel=1e-3)


def test_it_shows_how_near_a_pretrained_student_would_start(
    fresh: DistillRecipe, make_teacher: Callable[..., Path], cache: Path
) -> None:
    student = StudentRecipe(str(make_teacher(hidden=16)), start="ridge")
    made = replace(fresh, student=student)
    told = plan(made)["student"]["start"]
    assert not (cache / "targets").exists()
    facts = prepare(made, [], RunLog()).facts.student.start
    assert facts is not None
    assert told.keys() == facts.model_dump().keys()
    # all pairs are in the sample; rounding can tip the choice of the penalty
    assert told["fvu"] == pytest.approx(facts.fvu, abs=0.05)
    assert told["accuracy"] == pytest.approx(facts.accuracy, abs=0.1)  # a few pairs
    assert plan(made)["student"]["start"]["fvu"] == pytest.approx(facts.fvu, abs=0.05)
    for kind in ("transplant", fresh.teacher):  # the latter with start="none"
        assert "start" not in plan(of_kind(fresh, kind))["student"]


@pytest.mark.parametrize("trim", [True, 400])
def test_a_trimmed_student_is_counted_as_it_will_be(
    fresh: DistillRecipe, make_encoder: Callable[[str], Path], trim: bool | int
) -> None:
    kind = str(make_encoder("bert"))
    trimmed, whole = of_kind(fresh, kind, trim=trim), of_kind(fresh, kind)
    told = plan(trimmed)["student"]["parameters"]
    assert told < plan(whole)["student"]["parameters"]
    assert told == prepare(trimmed, [], RunLog()).facts.student.parameters


@pytest.fixture
def word_level(tiny_teacher: Path, tmp_path: Path) -> Path:
    """An encoder whose vocabulary is one of whole words."""
    folder = shutil.copytree(tiny_teacher, tmp_path / "words")
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1, "sun": 2}, unk_token="[UNK]"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]")
    tokenizer.save_pretrained(folder)
    return folder


def refused(recipe: DistillRecipe, cache: Path, message: str) -> None:
    """Both the dry run and the run say so, and the teacher has embedded nothing."""
    said = []
    for work in (plan, lambda made: prepare(made, [], RunLog())):
        with pytest.raises((InputError, ModelShapeError), match=message) as error:
            work(recipe)
        said.append(str(error.value))
        assert not cache.exists()
    assert said[0] == said[1]


def test_a_trim_that_cannot_be_is_refused_before_anything_is_embedded(
    fresh: DistillRecipe, tiny_teacher: Path, word_level: Path, cache: Path
) -> None:
    too_few = of_kind(fresh, str(tiny_teacher), trim=50)
    refused(too_few, cache, r"budget of 50 tokens .* student\.pretrained\.trim")
    refused(of_kind(fresh, str(word_level), trim=True), cache, "is a WordLevel model; expected")


def test_a_width_that_the_teacher_cannot_be_shortened_to_is_refused(
    fresh: DistillRecipe, make_teacher: Callable[..., Path], cache: Path
) -> None:
    for dim in (32, 400):
        refused(replace(fresh, teacher_dim=dim), cache, f"is {dim}; .* below the teacher's 32")
    wide = replace(fresh, teacher=str(make_teacher(hidden=128, layers=1)), max_pairs=110)
    few = replace(wide, teacher_dim=120)
    refused(few, cache, r"is 120; .* the teacher's 128, and at least .*there are (\d\d|10\d)\)")
    with pytest.raises(InputError, match="teacher_dim is 0; expected a number above 0"):
        replace(fresh, teacher_dim=0)


def test_a_static_student_is_a_table_and_fast(fresh: DistillRecipe) -> None:
    static = plan(of_kind(replace(fresh, teacher_dim=16), "static"))
    transplant = plan(of_kind(fresh, "transplant"))
    assert static["student"]["parameters"] == 16 * (800 + static["student"]["new_tokens"])
    rate = "training_sentences_per_second"
    assert static["estimate"][rate] == STATIC_RATE
    assert static["estimate"]["peak_memory_bytes"] < transplant["estimate"]["peak_memory_bytes"]


def test_new_tokens_are_those_that_are_looked_for_or_that_few_pairs_give(
    fresh: DistillRecipe,
) -> None:
    def new(recipe: DistillRecipe, **size: int) -> int:
        vocabulary = replace(recipe.student.transplant.vocabulary, **size)
        student = StudentRecipe(transplant=TransplantSettings(vocabulary=vocabulary))
        return int(plan(replace(recipe, student=student))["student"]["new_tokens"])

    assert new(fresh, size=100) == round(100 * estimate.TOKENS_FOUND)
    assert 80 < new(fresh, size=48_000) < 100


def test_memory_grows_with_the_pairs(fresh: DistillRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan(fresh)["estimate"]
    monkeypatch.setattr(estimate, "PAIR_BYTES", estimate.PAIR_BYTES + 10**9)
    more = plan(fresh)["estimate"]["peak_memory_bytes"] - before["peak_memory_bytes"]
    train = before["pairs"] - before["held_out_pairs"]
    assert more == pytest.approx(10**9 * train, rel=0.02)


def test_a_pair_costs_about_what_is_reckoned_for_it(
    fresh: DistillRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the file to the batches, in between two sizes: what does not grow is no pair's."""
    monkeypatch.setattr(spooled, "IN_MEMORY", 0)
    monkeypatch.setattr(spooled, "_APPENDED", 0)

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.tsv"
        words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
        with path.open("w", encoding="utf-8") as stream:
            for n in range(rows):
                text = " ".join(words[n * k % 125] for k in (3, 7, 11)) + f" {n} "
                stream.write(f"{text * 2}\t{text.upper() * 2}x\n")
        tracemalloc.start()
        pairs = load_pairs(replace(fresh, pairs=(f"en-de={path}",)), None, [], Silent())
        sources = pairs.sources()
        keys = hash_texts(sources)
        size = len(keys)
        plan = BatchPlan(np.full(2 * size, 9), {"de": (0, size)}, {"de": size}, 8_192, 0)
        assert len(plan.epoch(0)) > 1
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = 5_000, 20_000
    measured = (peak(many) - peak(few)) / (many - few)
    assert estimate.PAIR_BYTES / 2 < measured < 2 * estimate.PAIR_BYTES


def test_the_nearer_of_two_limits_counts(fresh: DistillRecipe) -> None:
    def seconds(**limits: float | None) -> int:
        training = replace(fresh.training, **({"epochs": None, "minutes": None} | limits))
        return int(plan(replace(fresh, training=training))["estimate"]["training_seconds"])

    assert seconds(minutes=600.0) == 36_000
    assert seconds(minutes=600.0, epochs=1.0) < 3_600
    assert seconds(minutes=0.0, epochs=1e6) == 0
    assert seconds(epochs=1e6) > 3_600


def test_it_names_every_stage(fresh: DistillRecipe) -> None:
    told = plan(fresh)["estimate"]
    stages = [f"{name}_seconds" for name in ("targets", "build", "training", "evaluation")]
    assert told["all_seconds"] == pytest.approx(sum(map(told.get, stages)), abs=3)


def test_a_second_thread_embeds_while_the_first_one_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    def saved(targets: float, build: float, threads: int) -> float:
        monkeypatch.setattr(dry_run.torch, "get_num_threads", lambda: threads)
        return dry_run._at_once({"targets_seconds": targets, "build_seconds": build})

    assert saved(100.0, 80.0, 1) == 0.0
    assert saved(100.0, 80.0, 2) == 40.0
    assert saved(10.0, 80.0, 2) == 10.0


def test_a_width_that_is_no_part_of_the_targets_is_refused(fresh: DistillRecipe) -> None:
    loss = replace(fresh.training.loss, matryoshka=(8, 16))
    made = replace(fresh, training=replace(fresh.training, loss=loss))
    assert plan(made)["teacher"]["dim"] == 32
    for wrong in (replace(made, teacher_dim=16), replace(made, teacher_dim=12)):
        with pytest.raises(InputError, match=r"expected widths below 1[26]"):
            plan(wrong)
    with pytest.raises(InputError, match="expected widths below 16"):
        prepare(replace(made, teacher_dim=16), [], RunLog())
