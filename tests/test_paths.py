"""`~` in the paths that a user gives: written out for every verb, on the command line and off."""

from pathlib import Path

import pytest

from isogloss.config import build_config
from isogloss.errors import InputError
from isogloss.metrics.score import Score
from isogloss.paths import given_path
from isogloss.recipes.data.stats import stats
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.evaluate.compare import Comparison, Side, write_comparison
from isogloss.recipes.evaluate.run import Evaluation, write_evaluation
from isogloss.recipes.export.settings import ExportSettings
from isogloss.recipes.export.texts import choose_texts
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.reproduce.recipe import ReproduceRecipe
from isogloss.reports import write_card


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def test_a_recipes_folders_and_models_are_written_out_however_it_is_made(home: Path) -> None:
    distilled = {"teacher": "~/t", "pairs": ["en-de=p.tsv"], "out": "~/run"}
    recipe = build_config(DistillRecipe, distilled)
    assert (recipe.teacher, recipe.out) == (str(home / "t"), str(home / "run"))
    assert StudentRecipe(kind="~/s").kind == str(home / "s")
    tuned = FinetuneRecipe(model="~/m", out="~/run", sts=("de=a.tsv",), teacher="~/t")
    assert [tuned.model, tuned.out, tuned.teacher] == [str(home / n) for n in ("m", "run", "t")]
    study = ReproduceRecipe("table1", "~/run", data_root="~/data")
    assert (study.out, study.data_root) == (str(home / "run"), str(home / "data"))


def test_what_is_written_from_python_goes_home(home: Path) -> None:
    score = Score("sts", "de-de", "spearman", 0.5, None, None, 3, "")
    write_evaluation(Evaluation({"m": [score]}), "~/e")
    write_comparison(Comparison(Side("a", "m"), Side("b", "m"), [], []), "~/c")
    assert (home / "e" / "scores.json").is_file()
    assert (home / "c" / "compare.json").is_file()
    assert not Path("~").exists()


def test_a_card_is_written_at_home(home: Path) -> None:
    home.mkdir()
    (home / "run.json").write_text('{"command": "distill", "schema_version": 1}', "utf-8")
    assert write_card("~") == home / "README.md"


def test_statistics_and_texts_of_an_export_are_those_at_home(home: Path) -> None:
    home.mkdir()
    (home / "pairs.tsv").write_text("A dog runs.\tEin Hund rennt.\n", "utf-8")
    stats(["en-de=~/pairs.tsv"], out="~/counted")
    assert (home / "counted" / "stats.json").is_file()
    (home / "de.txt").write_text("".join(f"Satz {i}.\n" for i in range(40)), "utf-8")
    settings = ExportSettings("onnx", texts=("de=~/de.txt",))
    assert choose_texts(None, settings.texts).origin == "the text given"


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputError, match=r"^3 is no path; expected text"):
        given_path(3)  # type: ignore[arg-type]
