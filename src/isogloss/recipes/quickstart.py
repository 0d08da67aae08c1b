"""Try everything, small and offline: teach an English model three languages in minutes."""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from isogloss.console import Console
from isogloss.metrics.score import Score
from isogloss.paths import given_path
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.finish import FinishedRun
from isogloss.reports.tables import Table
from isogloss.runs.folder import check_folder
from isogloss.runs.record import DistillRecord
from isogloss.samples import LANGUAGES, SOURCE, read_rows
from isogloss.training.distill.settings import TrainSettings
from isogloss.writing import writing

TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
TARGETS = tuple(language for language in LANGUAGES if language != SOURCE)
QUESTIONS = {
    "de": "Wo ist der Bahnhof?",
    "es": "¿Dónde está la estación?",
    "uk": "Де вокзал?",
}
"""What the printed example looks up with the English question."""


def quickstart(
    out: Path | str,
    *,
    minutes: float = 2.0,
    student: str = "transplant",
    overwrite: bool = False,
    console: Console | None = None,
) -> FinishedRun[DistillRecord]:
    """Distill the offline teacher on the sentences that ship with the package.

    Args:
        out: folder for the student; the data is written beside it, to `out` + "-data".
        minutes: minutes of training.
        student: its kind, or folder or hub name of an encoder.
        overwrite: throw away an earlier run in `out`.
        console: told about the stages.

    Returns:
        The finished run.
    """
    out = given_path(out)
    check_folder(out, resume=False, overwrite=overwrite)
    place = out.resolve() if out.name in ("", "..") else out
    data = place.with_name(place.name + "-data")
    pairs, tasks = write_samples(data)
    recipe = DistillRecipe(
        teacher=TEACHER,
        pairs=tuple(pairs),
        out=str(out),
        training=TrainSettings(minutes=minutes, tokens_per_batch=1_024, evaluations=4),
        tasks=tuple(tasks),
        student=StudentRecipe(kind=student),
    )
    return distill(recipe, overwrite=overwrite, console=console)


def write_samples(folder: Path) -> tuple[list[str], list[str]]:
    """Write the corpus as the files a user would have.

    Args:
        folder: made if it is not there.

    Returns:
        The `LANGS=WHERE` of the pairs, and the `KIND:LANGS=WHERE` of the tasks.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    train, held_out, graded = (read_rows(name) for name in ("train", "held_out", "graded"))
    pairs, tasks = [], []
    with writing(f"folder {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
        for target in TARGETS:
            path = folder / f"train.{SOURCE}-{target}.tsv"
            _write(path, ((row[SOURCE], row[target]) for row in train))
            pairs.append(f"{SOURCE}-{target}={path}")
            path = folder / f"held_out.{SOURCE}-{target}.tsv"
            _write(path, ((row[SOURCE], row[target]) for row in held_out))
            tasks.append(f"bitext:{SOURCE}-{target}={path}")
        for one, two in itertools.combinations_with_replacement(LANGUAGES, 2):
            path = folder / f"graded.{one}-{two}.tsv"
            _write(path, ((row["score"], row[f"{one}1"], row[f"{two}2"]) for row in graded))
            tasks.append(f"sts:{one}-{two}={path}")
    return pairs, tasks


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


def summary(result: FinishedRun[DistillRecord]) -> Table:
    """Teacher, before and after, per language pair: STS and accuracy, times 100."""
    columns = ("teacher", "untrained", "trained")
    scores = {
        (label, score.languages, score.metric): score
        for label in columns
        for score in result.evaluation.scores[label]
        if score.metric == "spearman"
        or (score.metric == "accuracy_mean" and "held-out" not in score.data)
    }
    pairs = list(dict.fromkeys(languages for _, languages, _ in scores))
    sts = [p for p in pairs if (columns[0], p, "spearman") in scores]
    rows = []
    for languages in sorted(sts, key=lambda pair: (len(set(pair.split("-"))), pair)):
        cells = [languages]
        for metric in ("spearman", "accuracy_mean"):
            cells += [_cell(scores.get((label, languages, metric))) for label in columns]
        rows.append(tuple(cells))
    header = (
        "languages",
        *(
            f"{what} {label}"
            for what in ("STS", "accuracy")
            for label in ("teacher", "before", "after")
        ),
    )
    notes = (
        "STS: Spearman x100 on 240 graded pairs. Accuracy: share of held-out sentences that find "
        "their translation, both ways. Own corpus: it shows the tool working and is no benchmark.",
    )
    return Table(columns=header, rows=tuple(rows), notes=notes)


def _cell(score: Score | None) -> str:
    return "" if score is None or score.value is None else f"{100 * score.value:.1f}"


def usage(folder: Path) -> str:
    """The three lines that use the new model."""
    questions = ", ".join(f'"{question}"' for question in QUESTIONS.values())
    return (
        "from sentence_transformers import SentenceTransformer\n"
        f'model = SentenceTransformer("{folder.as_posix()}")\n'
        'print(model.similarity(model.encode("Where is the station?"), '
        f"model.encode([{questions}])))"
    )
