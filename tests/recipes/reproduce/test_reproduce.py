"""Published tables made again: every row once, what is done kept, what is lacking named."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.console import Advance
from isogloss.data.draw import draw_pairs
from isogloss.data.loading import load_parallel
from isogloss.errors import InputError, ModelNotFoundError, OutputFolderError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.evaluate.compare import compare
from isogloss.recipes.reproduce import rows
from isogloss.recipes.reproduce.recipe import ReproduceRecipe
from isogloss.recipes.reproduce.run import plan_study, reproduce
from isogloss.recipes.reproduce.studies import STUDIES, find_study
from isogloss.runs.record import DistillRecord, ReproduceRecord, read_record
from isogloss.samples import read_rows

from ..pictures import pictures


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
def write_sts(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes STS 2017's English-German set with made-up grades; the root of the data."""

    def write(root: Path | None = None, *, n: int = 30) -> Path:
        root = root or tmp_path_factory.mktemp("data")
        path = root / "sts" / "sts17" / "en-de.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = enumerate(read_rows("held_out")[:n])
        path.write_text("".join(f"{at % 6}\t{r['en']}\t{r['de']}\n" for at, r in rows), "utf-8")
        return root

    return write


@pytest.fixture(scope="module")
def sizes(
    students: DistillRecipe,
    write_sts: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> ReproduceRecipe:
    task = f"sts:en-de={write_sts() / 'sts' / 'sts17' / 'en-de.tsv'}"
    out = tmp_path_factory.mktemp("sizes") / "out"
    return ReproduceRecipe("table6", str(out), students, sizes=(120,), tasks=(task,))


@pytest.fixture(scope="module")
def interrupted(sizes: ReproduceRecipe) -> ReproduceRecipe:
    fatal = "3 of 3, all pairs: training"
    with pytest.raises(RuntimeError, match="power"):
        reproduce(sizes, console=Unlucky(fatal))
    return sizes


@pytest.fixture(scope="module")
def finished(interrupted: ReproduceRecipe) -> tuple[Path, list[str]]:
    console = Unlucky()
    with pictures(ReproduceRecord):
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
    assert [row["pairs"] for row in run["study"]["rows"]] == [{}, {"de": 120}, {"de": 250}]
    report = (out / "report.md").read_text("utf-8")
    assert report.startswith("# table6: Amount of training data")
    assert "Pairs: all pairs: 250." in report
    assert "| 25,000 | 80.0 | 70.2 |" in report
    assert (out / "plots" / "study.png").stat().st_size > 10_000
    assert (out / "report.html").is_file()
    student = json.loads((out / "rows" / "120-pairs" / "student" / "run.json").read_text("utf-8"))
    assert student["data"][0]["dropped"]["beyond max_pairs"] == 130
    noted = [note for note in run["notes"] if note.startswith("120 pairs: ")]
    assert noted == [f"120 pairs: {alarm}" for alarm in student["alarms"]]  # of so short a training


def test_a_student_of_few_minutes_has_its_pairs_by_their_number(
    finished: tuple[Path, list[str]], students: DistillRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = finished[0] / "rows" / "120-pairs" / "student"
    record = read_record(out)
    assert isinstance(record, DistillRecord)
    few = record.model_copy(update={"data": [record.data[0].model_copy(update={"drawn": 40})]})
    monkeypatch.setattr(rows, "read_record", lambda folder: few)
    made = replace(students, out=str(out))
    assert rows._trained("120 pairs", made, Unlucky()).pairs == {"de": 120}


def test_rows_can_be_compared(finished: tuple[Path, list[str]]) -> None:
    out, _ = finished
    result = compare(f"{out}:120 pairs", f"{out}:all pairs")
    assert {row.metric for row in result.compared} >= {"spearman"}


def test_a_finished_study_keeps_its_rows_and_takes_more(
    finished: tuple[Path, list[str]], sizes: ReproduceRecipe, tiny_teacher: Path
) -> None:
    console = Unlucky()
    more = replace(sizes, sizes=(110,), models=(f"cls:{tiny_teacher}",))
    result = reproduce(more, resume=True, console=console)
    model = f"cls:{tiny_teacher.name}"
    labels = ["teacher", model, "110 pairs", "120 pairs", "all pairs"]
    assert list(result.evaluation.scores) == labels
    assert {stage.split(":")[0] for stage in console.stages} <= {
        f"2 of 5, {model.partition(':')[0]}",
        "3 of 5, 110 pairs",
    }


def test_other_tests_score_all_rows_anew_and_train_none(
    finished: tuple[Path, list[str]], sizes: ReproduceRecipe, write_sts: Callable[..., Path]
) -> None:
    console = Unlucky()
    other = replace(
        sizes, tasks=(), suites=("sts17-paper",), data_root=str(write_sts(n=24)), sizes=None
    )
    result = reproduce(other, resume=True, console=console)
    assert len(result.evaluation.scores) >= 3
    assert all(stage.endswith(": scoring") for stage in console.stages)
    assert len(console.stages) == len(result.evaluation.scores)
    for scores in result.evaluation.scores.values():
        assert {s.n for s in scores if s.languages == "en-de"} == {24}
    assert any("the languages of the pairs" in note for note in result.record.notes)


def test_another_study_has_no_place_in_its_folder(
    finished: tuple[Path, list[str]], sizes: ReproduceRecipe, students: DistillRecipe
) -> None:
    with pytest.raises(OutputFolderError, match=r"not empty.*go on with --resume"):
        reproduce(sizes)
    other = replace(sizes, distill=replace(students, dev_pairs=7))
    with pytest.raises(InputError, match="another recipe"):
        reproduce(other, resume=True)
    with pytest.raises(ModelNotFoundError):
        reproduce(replace(sizes, models=("nobody/has-this",)), overwrite=True)
    assert (finished[0] / "rows" / "120-pairs" / "student" / "run.json").exists()


def test_pairs_that_were_edited_are_not_learned_beside_earlier_rows(
    finished: tuple[Path, list[str]], sizes: ReproduceRecipe, students: DistillRecipe
) -> None:
    (place,) = students.pairs
    path = Path(place.partition("=")[2])
    before = path.read_bytes()
    path.write_bytes(before + before.splitlines(keepends=True)[0].upper())
    try:
        with pytest.raises(InputError, match=f"--pairs {place} changed since the run"):
            reproduce(replace(sizes, sizes=(105,)), resume=True)
    finally:
        path.write_bytes(before)


def test_sizes_beyond_the_data_are_named(sizes: ReproduceRecipe, tmp_path: Path) -> None:
    plan = plan_study(replace(sizes, sizes=(120, 5000), out=str(tmp_path / "out")))
    assert plan["notes"] == ["5,000 pairs: left out, no place has more than 250 usable ones"]
    assert [row["label"] for row in plan["rows"]] == ["teacher", "120 pairs", "all pairs"]
    assert [row.get("pairs") for row in plan["rows"]] == [None, 120, 250]


def test_draws_are_nested_and_accounted_for(students: DistillRecipe) -> None:
    loaded = load_parallel(students.pairs[0])
    small, large = (set(draw_pairs(loaded, n).sentences) for n in (50, 120))
    assert small < large < set(loaded.sentences)
    report = draw_pairs(loaded, 50).report
    assert report.kept == 50
    assert report.read == report.kept + sum(report.dropped.values())


def test_a_student_per_corpus(
    students: DistillRecipe, sizes: ReproduceRecipe, tmp_path: Path
) -> None:
    text = Path(students.pairs[0].partition("=")[2]).read_text("utf-8").splitlines(keepends=True)
    places = []
    for corpus, lines in {"talks": text[:125], "wiki": text[125:]}.items():
        path = tmp_path / f"{corpus}.en-de.tsv"
        path.write_text("".join(lines), "utf-8")
        places.append(f"en-de={path}")
    corpora = replace(students, pairs=tuple(places))
    recipe = ReproduceRecipe("table5", str(tmp_path / "out"), corpora, tasks=sizes.tasks)
    with pictures(ReproduceRecord):
        scores = reproduce(recipe).evaluation.scores
    assert list(scores) == ["teacher", "talks", "wiki", "all pairs"]
    assert (tmp_path / "out" / "plots" / "study.png").is_file()


def test_published_models_that_are_not_at_hand_are_named(
    write_sts: Callable[..., Path],
    tiny_teacher: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = str(write_sts())
    nothing = ReproduceRecipe("table2", str(tmp_path / "none"), data_root=root, languages="de")
    with pytest.raises(InputError, match="none of 5 published models is at hand"):
        reproduce(nothing)
    found = {"LaBSE": str(tiny_teacher), "XLM-R mean": "mean:nobody/has-this"}
    study = replace(find_study("table2"), models=found)
    monkeypatch.setitem(STUDIES, "table2", study)  # type: ignore[arg-type]
    out = tmp_path / "some"
    result = reproduce(replace(nothing, out=str(out)))
    assert list(result.evaluation.scores) == ["LaBSE"]
    assert any(note.startswith("XLM-R mean: not measured here") for note in result.record.notes)
    more = replace(nothing, out=str(out), models=(f"max:{tiny_teacher}",))
    result = reproduce(more, resume=True)
    assert list(result.evaluation.scores) == ["LaBSE", f"max:{tiny_teacher.name}"]
    report = (out / "report.md").read_text("utf-8")
    assert "teacher:" not in report.partition("## ")[0]


def test_what_was_published_on_the_same_test_set_stands_beside(
    tiny_teacher: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sts" / "stsb" / "en-test.tsv"
    path.parent.mkdir(parents=True)
    rows = enumerate(read_rows("held_out")[:30])
    path.write_text("".join(f"{at % 6}\t{r['en']}\t{r['es']}\n" for at, r in rows), "utf-8")
    recipe = ReproduceRecipe(
        "cross-en-de-roberta",
        str(tmp_path / "out"),
        models=(str(tiny_teacher),),
        data_root=str(tmp_path),
    )
    assert list(reproduce(recipe).evaluation.scores) == [tiny_teacher.name]
    assert "| cross-en-de-roberta | published |" in (tmp_path / "out" / "report.md").read_text()
