"""Published tables made again: every row once, what is done kept, what is lacking named."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.console import Advance
from isogloss.data.where import parse_where
from isogloss.errors import InputError, OutputFolderError
from isogloss.recipes.compare import compare
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.reproduce import plan_study, reproduce
from isogloss.recipes.reproduce_recipe import ReproduceRecipe
from isogloss.recipes.studies import STUDIES, find_study
from isogloss.recipes.study_cells import kind_of, plan_cells
from isogloss.reports.published import published_study, published_tables
from isogloss.samples import read_rows
from isogloss.tasks.catalog import SUITES


class Unlucky:
    """A console that remembers its stages, in whose house the power fails in one of them."""

    def __init__(self, fatal: str = "") -> None:
        self.fatal, self.stages = fatal, list[str]()

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
        self.stages.append(title)
        if title == self.fatal:
            raise RuntimeError("the power fails")
        yield lambda done: None


@pytest.fixture(scope="module")
def students(recipe: DistillRecipe) -> DistillRecipe:
    return replace(recipe, training=replace(recipe.training, epochs=1, evaluations=1))


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("task") / "en-de.tsv"
    rows = read_rows("held_out")[:30]
    lines = [f"{at % 6}\t{row['en']}\t{row['de']}\n" for at, row in enumerate(rows)]
    path.write_text("".join(lines), encoding="utf-8")
    return f"sts:en-de={path}"


@pytest.fixture(scope="module")
def amounts(
    students: DistillRecipe, task: str, tmp_path_factory: pytest.TempPathFactory
) -> ReproduceRecipe:
    out = tmp_path_factory.mktemp("amounts") / "out"
    return ReproduceRecipe("table6", str(out), students, sizes=(120,), tasks=(task,))


@pytest.fixture(scope="module")
def interrupted(amounts: ReproduceRecipe) -> ReproduceRecipe:
    fatal = "3 of 3, all pairs: training"
    with pytest.raises(RuntimeError, match="power"):
        reproduce(amounts, console=Unlucky(fatal))
    return amounts


@pytest.fixture(scope="module")
def finished(interrupted: ReproduceRecipe) -> tuple[Path, list[str]]:
    console = Unlucky()
    reproduce(interrupted, resume=True, console=console)
    return Path(interrupted.out), console.stages


def test_what_was_done_before_an_interruption_is_not_done_again(
    finished: tuple[Path, list[str]],
) -> None:
    out, stages = finished
    assert stages[0] == "3 of 3, all pairs: training"
    assert all(stage.startswith("3 of 3") for stage in stages)
    rows = json.loads((out / "scores.json").read_text("utf-8"))
    labels = ["teacher", "120 pairs", "all pairs"]
    assert list(dict.fromkeys(row["model"] for row in rows)) == labels
    assert {row["data"] for row in rows} == {"en-de.tsv"}


def test_a_study_says_what_each_row_learned_from(finished: tuple[Path, list[str]]) -> None:
    out, _ = finished
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert [row["pairs"] for row in run["study"]["rows"]] == [None, 120, 250]
    report = (out / "report.md").read_text("utf-8")
    assert report.startswith("# table6: Amount of training data")
    assert "120 pairs (120 pairs) and all pairs (250 pairs)" in report
    assert "| 25,000 | 80.0 | 70.2 |" in report
    assert (out / "plots" / "study.png").stat().st_size > 10_000
    assert (out / "report.html").is_file()


def test_rows_can_be_compared(finished: tuple[Path, list[str]]) -> None:
    out, _ = finished
    result = compare(f"{out}:120 pairs", f"{out}:all pairs")
    assert {row.metric for row in result.compared} >= {"spearman"}


def test_further_rows_join_a_finished_study(
    finished: tuple[Path, list[str]], amounts: ReproduceRecipe, tiny_teacher: Path
) -> None:
    console = Unlucky()
    more = replace(amounts, sizes=(110, 120), models=(f"cls:{tiny_teacher}",))
    result = reproduce(more, resume=True, console=console)
    assert list(result.evaluation.scores) == [
        "teacher",
        f"cls:{tiny_teacher.name}",
        "110 pairs",
        "120 pairs",
        "all pairs",
    ]
    assert not [stage for stage in console.stages if "120 pairs" in stage or "all pairs" in stage]


def test_another_study_has_no_place_in_its_folder(
    finished: tuple[Path, list[str]], amounts: ReproduceRecipe, students: DistillRecipe
) -> None:
    with pytest.raises(OutputFolderError, match="not empty"):
        reproduce(amounts)
    other = replace(amounts, distill=replace(students, dev_pairs=7))
    with pytest.raises(InputError, match="another recipe"):
        reproduce(other, resume=True)


def test_amounts_beyond_the_data_are_named(amounts: ReproduceRecipe, tmp_path: Path) -> None:
    plan = plan_study(replace(amounts, sizes=(120, 5000), out=str(tmp_path / "out")))
    assert plan["notes"] == ["5,000 pairs: left out, no more than 250 are usable"]
    assert [row["label"] for row in plan["rows"]] == ["teacher", "120 pairs", "all pairs"]
    assert [row.get("pairs") for row in plan["rows"]] == [None, 120, 250]


def test_draws_are_nested(students: DistillRecipe) -> None:
    from isogloss.data.loading import load_parallel
    from isogloss.recipes.gathering import draw_pairs

    loaded = load_parallel(students.pairs[0])
    small, large = (set(draw_pairs(loaded, n).sentences) for n in (50, 120))
    assert small < large < set(loaded.sentences)
    report = draw_pairs(loaded, 50).report
    assert report.read == report.kept + sum(report.dropped.values())


def test_a_student_per_kind_of_pairs(students: DistillRecipe, task: str, tmp_path: Path) -> None:
    text = Path(students.pairs[0].partition("=")[2]).read_text("utf-8").splitlines(keepends=True)
    places = []
    for kind, lines in {"talks": text[:125], "wiki": text[125:]}.items():
        path = tmp_path / f"{kind}.en-de.tsv"
        path.write_text("".join(lines), "utf-8")
        places.append(f"en-de={path}")
    kinds = replace(students, pairs=tuple(places))
    recipe = ReproduceRecipe("table5", str(tmp_path / "out"), kinds, tasks=(task,))
    scores = reproduce(recipe).evaluation.scores
    assert list(scores) == ["teacher", "talks", "wiki", "all pairs"]
    assert (tmp_path / "out" / "plots" / "study.png").is_file()
    with pytest.raises(InputError, match="compares kinds"):
        reproduce(replace(recipe, distill=students, out=str(tmp_path / "other")))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("europarl.en-de.tsv", "europarl"),
        ("europarl/en-de.tsv", "europarl"),
        ("News_Commentary.en_de.tsv", "News_Commentary"),
        ("wiki-2020.tsv", "wiki-2020"),
    ],
)
def test_kinds_have_the_names_of_their_files(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert kind_of(parse_where(f"en-de={path}")) == kind


def test_kinds_on_the_hub_have_the_names_of_their_datasets() -> None:
    assert kind_of(parse_where("en-de=hf:owner/talks:en-de")) == "talks"
    assert kind_of(parse_where("en-de=hf:owner/talks:clean")) == "talks clean"


def test_published_models_that_are_not_at_hand_are_named(
    tiny_teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "sts" / "sts17"
    folder.mkdir(parents=True)
    rows = read_rows("held_out")[:30]
    lines = [f"{at % 6}\t{row['en']}\t{row['de']}\n" for at, row in enumerate(rows)]
    (folder / "en-de.tsv").write_text("".join(lines), "utf-8")
    data = {"data_root": str(tmp_path / "data"), "languages": "de"}
    nothing = ReproduceRecipe("table2", str(tmp_path / "none"), **data)
    with pytest.raises(InputError, match="none of 5 published models is at hand"):
        reproduce(nothing)
    found = {"LaBSE": str(tiny_teacher), "XLM-R mean": "mean:nobody/has-this"}
    study = replace(find_study("table2"), models=found)
    monkeypatch.setitem(STUDIES, "table2", study)  # type: ignore[arg-type]
    result = reproduce(replace(nothing, out=str(tmp_path / "some")))
    assert list(result.evaluation.scores) == ["LaBSE"]
    assert any(note.startswith("XLM-R mean: not measured here") for note in result.run["notes"])
    own = replace(nothing, out=str(tmp_path / "own"), models=(str(tiny_teacher),))
    result = reproduce(own)
    assert list(result.evaluation.scores) == [tiny_teacher.name]
    assert "## Published results" in (tmp_path / "own" / "report.md").read_text("utf-8")


def test_every_study_has_its_suites_and_something_published() -> None:
    published = {name for table in published_tables() for name in table.data}
    for study in STUDIES.values():
        assert set(study.suites) <= SUITES.keys()
        assert published_study(study.name) or set(study.suites) & published
        assert bool(study.models) != study.trains


def test_recipes_that_fit_no_study(students: DistillRecipe, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'table6'"):
        find_study("tabel6")
    with pytest.raises(InputError, match="trains students and no recipe"):
        ReproduceRecipe("table6", str(tmp_path))
    with pytest.raises(InputError, match="trains none"):
        ReproduceRecipe("table2", str(tmp_path), students)
    with pytest.raises(InputError, match="sizes hold 0"):
        ReproduceRecipe("table6", str(tmp_path), students, sizes=(0,))
    twice = ReproduceRecipe("table2", str(tmp_path), models=("a/model", "b/model"))
    with pytest.raises(InputError, match="two rows would be called 'model'"):
        plan_cells(twice, find_study("table2"))
