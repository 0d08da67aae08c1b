"""The recipes that ship: their keys are known, and their headers say what one must know."""

import dataclasses
import re
from pathlib import Path

import pytest

from isogloss.cli.distilling import resolve
from isogloss.config import build_config, read_toml
from isogloss.errors import InputError
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.finetune_recipe import FinetuneRecipe

RECIPES = Path(__file__).parents[2] / "recipes"
FILES = sorted(RECIPES.glob("*.toml"))
FINETUNING = [path for path in FILES if "model" in read_toml(path)]
DISTILLING = [path for path in FILES if path not in FINETUNING]


def resolved(path: Path) -> DistillRecipe:
    return resolve(path, None, {"out": "runs/out"}, [])


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
    }
    assert {path.stem for path in DISTILLING} >= {
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


@pytest.mark.parametrize("path", FINETUNING, ids=lambda path: path.stem)
def test_a_recipe_of_a_finetuning_is_understood(path: Path) -> None:
    recipe = build_config(FinetuneRecipe, read_toml(path) | {"out": "runs/out"})
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
    for part in ("# What: ", "# Data: ", "# Cost: ", f"isogloss {verb} recipes/{path.name}"):
        assert part in header[0]


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
    written = resolved(RECIPES / "quickstart.toml")
    assert set(written.tasks) == set(told[0].tasks)
    assert without_places(written) == without_places(told[0])
    places = read_toml(RECIPES / "quickstart.toml")["pairs"]
    assert all(Path(place.partition("=")[2]).is_file() for place in places)
