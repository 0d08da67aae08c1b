"""Filtering by a model: misaligned rows found, every row accounted for, nothing embedded twice."""

import gzip
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.console import Silent
from isogloss.data import load_parallel
from isogloss.errors import InputError, ModelShapeError, OutputFolderError
from isogloss.recipes.data import filter as verb
from isogloss.recipes.data.filter import filter_pairs
from isogloss.recipes.data.recipe import FilterRecipe

WORDS = [f"{a}{b}{c}{d}" for a in "bdfgk" for b in "aeiou" for c in "lmnrs" for d in "aeo"]


def corpus(path: Path, rows: int = 300, wrong: int = 30, seed: int = 0) -> Path:
    """Sentences and their translations (in capitals, to the stub); the first are misaligned."""
    draw = random.Random(seed)
    source = [" ".join(draw.choices(WORDS, k=draw.randint(4, 8))) for _ in range(rows)]
    target = [text.upper() + " ." for text in source]
    target[:wrong] = target[1:wrong] + target[:1] if wrong else []
    lines = [f"{one}\t{other}" for one, other in zip(source, target, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, word_encoder: Any) -> dict[str, Any]:
    """Models by name, in place of files."""
    models: dict[str, Any] = {"m": word_encoder(), "t": word_encoder(), "wide": word_encoder()}
    models["wide"].dim = 32
    monkeypatch.setattr(verb, "check_model", models.__getitem__)
    monkeypatch.setattr(verb, "open_encoder", lambda name, prompt: models[name])
    return models


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub's translations are copies but for their case, which other filters would drop."""
    monkeypatch.setattr(verb, "FILTERS", ("agreement",))


class Titles(Silent):
    """A console that notes which stages there were."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def stage(self, title: str, total: float | None = None) -> Any:
        self.titles.append(title)
        return super().stage(title, total)


def recipe(path: Path, out: Path, **more: Any) -> FilterRecipe:
    return FilterRecipe(**({"pairs": (f"en-de={path}",), "model": "m", "out": str(out)} | more))


def kept(folder: Path) -> list[str]:
    with gzip.open(folder / "en-de.tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
        return lines.read().splitlines()


def test_misaligned_rows_are_dropped_with_their_scores(tmp_path, opened):
    path = corpus(tmp_path / "pairs.tsv")
    run = filter_pairs(recipe(path, tmp_path / "out"))
    (part,) = run.record.data
    rejects = (tmp_path / "out" / "rejects" / "00-en-de.tsv").read_text("utf-8").splitlines()
    assert [int(row.split("\t")[0]) for row in rejects] == list(range(1, 31))
    assert all(row.split("\t")[1].startswith("not a translation: score ") for row in rejects)
    assert (part.read, part.kept, part.dropped) == (300, 270, {"not a translation": 30})
    assert kept(tmp_path / "out") == path.read_text("utf-8").splitlines()[30:]
    assert part.scored.translations == pytest.approx(0.9, abs=0.02)
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "| en-de=pairs.tsv | " in report and "kept from score" in report


def test_a_clean_place_beside_a_noisy_one_loses_nothing(tmp_path, opened):
    clean, noisy = (corpus(tmp_path / f"{wrong}.tsv", wrong=wrong) for wrong in (0, 150))
    run = filter_pairs(recipe(clean, tmp_path / "out", pairs=(f"en-de={clean}", f"en-de={noisy}")))
    assert [part.kept for part in run.record.data] == [300, 150]


def test_what_is_cut_off_is_found_by_its_length_too(tmp_path, opened):
    path = corpus(tmp_path / "pairs.tsv", 400, wrong=0)
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    cut = {at for at, (source, _) in enumerate(rows) if len(source.split()) == 8 and at % 2}
    for at in cut:  # six words of eight: to the model nearer than most
        rows[at][1] = " ".join(rows[at][1].split()[:5])
    path.write_text("".join(f"{a}\t{b}\n" for a, b in rows), encoding="utf-8")
    found = {}
    for lengths in (True, False):
        out = tmp_path / f"out-{lengths}"
        asked = recipe(path, out, lengths=lengths, keep=1 - len(cut) / 400)
        assert filter_pairs(asked).record.data[0].kept == pytest.approx(400 - len(cut), abs=1)
        rejects = (out / "rejects" / "00-en-de.tsv").read_text("utf-8").splitlines()
        found[lengths] = len({int(row.split("\t")[0]) - 1 for row in rejects} & cut)
    assert len(cut) > 20
    assert found[True] > found[False]


def test_kept_pairs_have_a_weight_where_it_is_asked_for(tmp_path, opened):
    path = corpus(tmp_path / "pairs.tsv")
    made = recipe(path, tmp_path / "out", weights=True)
    filter_pairs(made)
    loaded = load_parallel(f"en-de={tmp_path / 'out' / 'en-de.tsv.gz'}?weight=3")
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[30:]]
    standard = [(source, target) for source, target in rows]
    assert [line.split("\t")[:2] for line in kept(tmp_path / "out")] == rows
    assert all(0.5 < float(line.split("\t")[2]) <= 1 for line in kept(tmp_path / "out"))
    assert loaded.report.dropped.keys() <= {"source equals target"} and len(standard) == 270
    assert len(opened["m"].read) == len(set(opened["m"].read)) == 600


def test_weights_are_refused_where_nothing_tells_them(tmp_path, opened):
    path = corpus(tmp_path / "pairs.tsv", rows=15, wrong=0)
    with pytest.raises(InputError, match=r"too few to tell .*, and leave weights out"):
        filter_pairs(recipe(path, tmp_path / "out", weights=True, min_score=0.1))


def test_each_text_is_embedded_once(tmp_path, opened):
    filter_pairs(recipe(corpus(tmp_path / "pairs.tsv"), tmp_path / "out"))
    assert len(opened["m"].read) == len(set(opened["m"].read)) == 600


def test_the_teacher_reads_the_source(tmp_path, opened):
    path = corpus(tmp_path / "pairs.tsv")
    run = filter_pairs(recipe(path, tmp_path / "out", teacher="t"))
    assert run.record.data[0].kept == 270 and set(run.record.models) == {"m", "t"}
    assert all(text.islower() for text in opened["t"].read)
    assert all(text.isupper() for text in opened["m"].read)


@pytest.mark.parametrize(("more", "left"), [({"keep": 0.5}, 150), ({"min_score": -9.0}, 300)])
def test_a_limit_of_ones_own_is_kept_to(tmp_path, opened, more, left):
    run = filter_pairs(recipe(corpus(tmp_path / "pairs.tsv"), tmp_path / "out", **more))
    assert run.record.data[0].kept == pytest.approx(left, abs=1)


def test_rows_outside_the_sample_are_judged_alike(tmp_path, opened, monkeypatch):
    monkeypatch.setattr("isogloss.recipes.data.agreement.SAMPLE", 120)
    monkeypatch.setattr(verb, "HOW", ("filtering", 64))
    run = filter_pairs(recipe(corpus(tmp_path / "pairs.tsv"), tmp_path / "out"))
    assert run.record.data[0].kept == 270


def test_copies_of_the_source_are_found_without_the_model(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(verb, "FILTERS", ("basic", "copied", "agreement"))
    rows = [f"{number} of them went home today\tES GINGEN {number}" for number in range(100)]
    rows[7] = "they went home early again\tthey went home early today"
    rows[8] = "Oslo\tOSLO"
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = filter_pairs(recipe(path, tmp_path / "out", min_score=-9.0))
    assert run.record.data[0].dropped == {"not translated": 1, "source equals target": 1}


def test_a_run_that_stopped_goes_on_without_embedding_what_it_has(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(verb, "HOW", ("filtering", 100))
    monkeypatch.setattr("isogloss.recipes.data.agreement.SAMPLE", 60)
    path, out, model = corpus(tmp_path / "pairs.tsv"), tmp_path / "out", opened["m"]
    encode, calls = model.encode, []

    def failing(texts: list[str], **more: Any) -> Any:
        calls.append(len(texts))
        if len(calls) == 7:  # two for the sample, two for each part
            raise KeyboardInterrupt
        return encode(texts, **more)

    model.encode = failing
    with pytest.raises(KeyboardInterrupt) as stopped:
        filter_pairs(recipe(path, out))
    kept_of_it = "pairs that are judged are kept: the same command goes on with --resume"
    assert stopped.value.__notes__[0].startswith(kept_of_it)
    with pytest.raises(OutputFolderError, match="--resume"):
        filter_pairs(recipe(path, out))
    with pytest.raises(InputError, match="another recipe"):
        filter_pairs(recipe(path, out, keep=0.5), resume=True)
    model.encode, model.read = encode, []
    model.fingerprint = "another"
    with pytest.raises(InputError, match="model m changed"):
        filter_pairs(recipe(path, out), resume=True)
    model.fingerprint = "words"
    before = path.read_bytes()
    path.write_bytes(before.upper())  # as many rows, and bytes
    with pytest.raises(InputError, match=f"--pairs en-de={path} changed"):
        filter_pairs(recipe(path, out), resume=True)
    path.write_bytes(before)
    told = Titles()
    run = filter_pairs(recipe(path, out), resume=True, console=told)
    assert f"filtering en-de={path} (2 parts done before)" in told.titles
    assert len(model.read) <= 120 + 200  # the sample, and the part that was not done
    whole = filter_pairs(recipe(path, tmp_path / "whole"))
    assert (run.record.data, kept(out)) == (whole.record.data, kept(whole.folder))


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        (15, {}, "15 different pairs of en-de are too few"),
        (300, {"wrong": 300}, "finds the other side of 0 of 300 pairs"),
        (300, {"keep": 0.5, "min_score": 1.0}, "expected one of them"),
        (300, {"keep": 0.0}, "keep"),
        (300, {"margin": "rato"}, "margin"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path, opened, rows, more, said):
    path = corpus(tmp_path / "pairs.tsv", rows, more.pop("wrong", 0))
    with pytest.raises(InputError, match=said):
        filter_pairs(recipe(path, tmp_path / "out", **more))


def test_models_of_other_widths_are_refused(tmp_path, opened):
    opened["wide"].encode = lambda texts, **_: np.ones((len(texts), 32), np.float32)
    with pytest.raises(ModelShapeError, match="32 numbers and words of 64"):
        filter_pairs(recipe(corpus(tmp_path / "p.tsv"), tmp_path / "out", teacher="wide"))


def test_vectors_that_are_no_numbers_are_refused(tmp_path, opened):
    opened["m"].encode = lambda texts, **_: np.full((len(texts), 64), np.nan, np.float32)
    with pytest.raises(InputError, match="NaN"):
        filter_pairs(recipe(corpus(tmp_path / "p.tsv"), tmp_path / "out"))
