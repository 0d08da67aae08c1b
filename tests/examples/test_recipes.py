"""The recipes that ship: their keys are known, and their headers say what one must know."""

import dataclasses
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli.distill import resolve
from isogloss.config import build_config, read_toml
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.samples import LANGUAGES, read_rows

RECIPES = Path(__file__).parents[2] / "recipes"
FILES = sorted(RECIPES.glob("*.toml"))
FINETUNING = [path for path in FILES if "model" in read_toml(path)]
DISTILLING = [path for path in FILES if path not in FINETUNING]


OTHER = {"teacher", "model", "pairs", "sts", "dev", "test", "nli", "tasks", "kind", "epochs"}
"""Keys that a dry run of the tests gives tiny values."""

MANY = 1_000
"""Times the epochs of a recipe: tiny data last as long as those they stand for."""


def resolved(path: Path) -> DistillRecipe:
    return resolve(path, None, {"out": "runs/out"}, [], check=False)


def without_places(recipe: DistillRecipe) -> DistillRecipe:
    """All but where the student goes, and the tasks, whose order means nothing."""
    return dataclasses.replace(recipe, out="", tasks=())


def test_there_are_recipes() -> None:
    assert {path.stem for path in FINETUNING} >= {
        "cross-en-de",
        "cross-en-de-laptop",
        "mstsb-16",
        "mstsb-laptop",
        "sbert-nli-stsb",
        "sbert-nli-stsb-2",
    }
    assert {path.stem for path in DISTILLING} >= {
        "few-pairs",
        "german-laptop",
        "german-static",
        "paper-distilmbert",
        "paper-mbert",
        "paper-ten-languages",
        "paper-xlmr",
        "paper-xlmr-large",
        "paper-xlmr-paraphrases",
        "quickstart",
        "ten-languages-laptop",
        "two-languages",
        "ukrainian-laptop",
        "xlm-roberta-ua-distilled",
    }


def finetuning(path: Path) -> FinetuneRecipe:
    return build_config(FinetuneRecipe, read_toml(path) | {"out": "runs/out"})


@pytest.mark.parametrize("path", FINETUNING, ids=lambda path: path.stem)
def test_a_recipe_of_a_finetuning_is_understood(path: Path) -> None:
    recipe = finetuning(path)
    places = [place.partition("=")[2] for place in (*recipe.sts, *recipe.dev, *recipe.nli)]
    assert places
    assert not any(place.startswith(("/", "~")) for place in places)


@pytest.mark.parametrize("path", DISTILLING, ids=lambda path: path.stem)
def test_a_recipe_is_understood(path: Path) -> None:
    recipe = resolved(path)
    assert recipe.teacher
    assert recipe.pairs
    assert not any(place.startswith(("/", "~")) for place in recipe.pairs)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_header_says_what_data_cost_and_how_to_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = re.match(r"(#.*\n)+", text)
    assert header is not None
    verb = "finetune" if path in FINETUNING else "distill"
    parts = ("What: ", "Source: ", "Data: ", "Cost: ")
    for part in (*(f"\n# {name}" for name in parts), f"isogloss {verb} recipes/{path.name}"):
        assert part in f"\n{header[0]}"
    assert re.search(r"^# (Published|Measured)\b", header[0], flags=re.MULTILINE)
    ours = "\n# Source: ours" in header[0]
    assert ours or "\n# Differs from the published training" in header[0]


def test_the_second_stage_starts_from_what_the_first_one_made() -> None:
    first = (RECIPES / "sbert-nli-stsb.toml").read_text(encoding="utf-8")
    assert f"--out {finetuning(RECIPES / 'sbert-nli-stsb-2.toml').model}\n" in first


@pytest.fixture(scope="module")
def tiny_encoder(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain encoder of another width than the tiny teacher, as long as the published ones."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = AutoTokenizer.from_pretrained(tiny_teacher)
    tokenizer.model_max_length = 128
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def tiny_pairs(places: Sequence[str], folder: Path) -> tuple[str, ...]:
    """As many files of parallel sentences in the languages of the places, each pair once."""
    found, seen = [], Counter[str]()
    for number, place in enumerate(places):
        languages = place.partition("=")[0]
        start = 300 * seen[languages]
        seen[languages] += 1
        rows = read_rows("train")[start : start + 300]
        path = folder / f"pairs-{number}.tsv"
        path.write_text("".join(f"{r['en']}\t{r['de']}\n" for r in rows), encoding="utf-8")
        found.append(f"{languages}={path}")
    return tuple(found)


def tiny_graded(places: Sequence[str], folder: Path, first: int) -> tuple[str, ...]:
    """As many graded files with the columns that the headers name, and no others.

    Languages that the samples lack are given English sentences.
    """
    found, seen = [], Counter[str]()
    for number, place in enumerate(places):
        language = place.partition("=")[0]
        start = first + 60 * seen[language]
        seen[language] += 1
        column = language if language in LANGUAGES else "en"
        rows = read_rows("graded")[start : start + 60]
        lines = ["score\tsentence1\tsentence2"]
        lines += [f"{r['score']}\t{r[column + '1']}\t{r[column + '2']}" for r in rows]
        path = folder / f"graded-{first}-{number}.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        found.append(f"{language}={path}")
    return tuple(found)


def tiny_inferences(places: Sequence[str], folder: Path) -> tuple[str, ...]:
    """As many files of premise, hypothesis, and label."""
    texts = [row["en"] for row in read_rows("train")[:60]]
    lines = ["premise\thypothesis\tlabel"]
    for first, second, third in zip(texts, texts[1:], texts[2:], strict=False):
        lines += [f"{first}\t{second}\tentailment", f"{first}\t{third}\tcontradiction"]
    path = folder / "nli.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tuple(f"{place.partition('=')[0]}={path}" for place in places)


def long(training: Any) -> Any:
    """The same training of so many epochs that tiny data take a while."""
    return replace(training, epochs=training.epochs and MANY * training.epochs)


def stated(written: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Every setting of a recipe file, and what the dry run says it is."""
    for key, value in written.items():
        if isinstance(value, Mapping):
            yield from stated(value, told[key])
        elif key not in OTHER:
            yield key, value, told[key]


@pytest.fixture
def weights_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries and pairs take no memory, beside which that of a tiny model would not show."""
    from isogloss.students import estimate

    for name in ("BASE_BYTES", "PAIR_BYTES"):
        monkeypatch.setattr(estimate, name, 0)


def check_plan(path: Path, told: dict[str, Any]) -> None:
    """What every dry run promises."""
    told = json.loads(json.dumps(told))
    for key, value, said in stated(read_toml(path), told["recipe"]):
        assert (key, said) == (key, value)
    training, estimate = told["recipe"]["training"], told["estimate"]
    most = math.inf if training["minutes"] is None else 60 * training["minutes"]
    assert 0 < estimate["training_seconds"] <= most
    assert training["epochs"] or estimate["training_seconds"] == most
    trained = told["student"] if "student" in told else told["model"]
    least = 2 * 4 * trained["parameters"]  # float32, and a copy of the best
    assert least <= estimate["peak_memory_bytes"] < 10**9


@pytest.mark.usefixtures("weights_alone")
@pytest.mark.parametrize("path", DISTILLING, ids=lambda path: path.stem)
def test_a_recipe_is_dry_run(
    path: Path, tiny_teacher: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    from isogloss.recipes.distill.dry_run import plan

    recipe = resolved(path)
    made = recipe.student.kind in ("transplant", "static")
    student = recipe.student if made else replace(recipe.student, kind=str(tiny_encoder))
    tiny = replace(
        recipe,
        teacher=str(tiny_teacher),
        pairs=tiny_pairs(recipe.pairs, tmp_path),
        out=str(tmp_path / "out"),
        student=student,
        training=long(recipe.training),
        tasks=(),
    )
    check_plan(path, plan(tiny))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("weights_alone")
@pytest.mark.parametrize("path", FINETUNING, ids=lambda path: path.stem)
def test_a_recipe_of_a_finetuning_is_dry_run(
    path: Path, tiny_teacher: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    from isogloss.recipes.finetune.dry_run import plan

    recipe = finetuning(path)
    tiny = replace(
        recipe,
        model=str(tiny_encoder if recipe.pooling else tiny_teacher),
        out=str(tmp_path / "out"),
        sts=tiny_graded(recipe.sts, tmp_path, first=0),
        dev=tiny_graded(recipe.dev, tmp_path, first=120),
        test=tiny_graded(recipe.test, tmp_path, first=160),
        nli=tiny_inferences(recipe.nli, tmp_path),
        pairs=tiny_pairs(recipe.pairs, tmp_path),
        training=long(recipe.training),
        tasks=(),
    )
    check_plan(path, plan(tiny))
    assert not (tmp_path / "out").exists()


def test_a_misspelled_key_would_be_found(tmp_path: Path) -> None:
    text = (RECIPES / "german-laptop.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("minutes = 15", "minute = 15"), encoding="utf-8")
    with pytest.raises(InputError, match=r"training\.minutes"):
        resolved(wrong)


def test_the_quickstart_recipe_is_what_the_quickstart_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.recipes import quickstart

    told: list[DistillRecipe] = []
    monkeypatch.setattr(quickstart, "distill", lambda recipe, **_: told.append(recipe))
    monkeypatch.chdir(tmp_path)
    quickstart.quickstart(Path("runs/quickstart"))
    quickstart.quickstart(Path("runs/other"), student="some/encoder")
    assert [recipe.student.kind for recipe in told] == ["transplant", "some/encoder"]
    written = resolved(RECIPES / "quickstart.toml")
    assert set(written.tasks) == set(told[0].tasks)
    assert without_places(written) == without_places(told[0])
    places = read_toml(RECIPES / "quickstart.toml")["pairs"]
    assert all(Path(place.partition("=")[2]).is_file() for place in places)
