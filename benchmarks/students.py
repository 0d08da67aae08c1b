"""Which student, by how many pairs a language has: studies of sizes, side by side.

Each study is the product's own, one per language and kind of student:

    isogloss reproduce table6 --teacher all-MiniLM-L6-v2 --student transplant --minutes 3 \\
        --sizes 1000,5000,25000 --pairs en-de=en-de.tsv.gz --out runs/de-transplant \\
        --suite stsb-multi-mt --suite tatoeba --data-root data

    python benchmarks/students.py transplant=runs/de-transplant static=runs/de-static \\
        multilingual-e5-small=runs/de-e5 transplant=runs/ja-transplant ...

Language and pairs are what the studies say. What is drawn is the score across languages.
"""

import argparse
import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from isogloss.data.languages import language_name
from isogloss.metrics.score import Score
from isogloss.reports.figures.study import Line, Panel, size_curves
from isogloss.reports.tables import Table
from isogloss.runs.files import read_scores
from isogloss.runs.provenance import environment
from isogloss.runs.record import ReproduceRecord, read_record

HERE = Path(__file__).parent
ENGLISH = "en"


class Study(NamedTuple):
    """A study of sizes.

    Attributes:
        student: what it is called here.
        language: that its students learned.
        pairs: per row, as many as it learned from.
        scores: per row.
        minutes: of training per row.
    """

    student: str
    language: str
    pairs: Mapping[str, int]
    scores: Mapping[str, Sequence[Score]]
    minutes: float | None

    def line(self, languages: str, metric: str) -> Line:
        """What its rows reached on one test."""
        found = {
            row: score
            for row in self.pairs
            for score in self.scores[row]
            if score.languages == languages and score.metric == metric
        }
        return Line(self.student, found, {row: self.pairs[row] for row in found})


def read_study(given: str) -> Study:
    """A study by `STUDENT=FOLDER`."""
    student, equals, folder = given.partition("=")
    record = read_record(folder) if equals else None
    if not isinstance(record, ReproduceRecord) or record.study.varies != "sizes":
        raise SystemExit(f"{given!r} names no study; expected STUDENT=FOLDER of a study of sizes")
    pairs = {row.label: n for row in record.study.rows for n in row.pairs.values()}
    languages = {code for row in record.study.rows for code in row.pairs}
    if len(languages) != 1:
        raise SystemExit(f"{given!r} is of {len(languages)} languages; expected a study of one")
    [language] = languages
    minutes = record.recipe["distill"]["training"]["minutes"]
    return Study(student, language, pairs, read_scores(folder), minutes)


def tests_of(language: str) -> list[tuple[str, str, str]]:
    """Heading, languages, and metric of what a table shows of a language."""
    return [
        (f"STS {ENGLISH}-{language}", f"{ENGLISH}-{language}", "spearman"),
        (f"STS {language}-{language}", f"{language}-{language}", "spearman"),
        ("Tatoeba, mean of both directions", f"{language}-{ENGLISH}", "accuracy_mean"),
    ]


def table(studies: Sequence[Study]) -> Table:
    """The studies of one language: a row per test and student, a column per number of pairs."""
    sizes = sorted({n for study in studies for n in study.pairs.values()})
    rows = []
    for heading, languages, metric in tests_of(studies[0].language):
        for study in studies:
            line = study.line(languages, metric)
            values = {line.pairs[row]: score.value for row, score in line.scores.items()}
            cells = (values.get(size) for size in sizes)
            shown = ("" if value is None else f"{100 * value:.1f}" for value in cells)
            rows.append((heading, study.student, *shown))
    return Table(("test", "student", *(f"{size:,}" for size in sizes)), tuple(rows))


def panels(by_language: Mapping[str, Sequence[Study]]) -> Iterator[Panel]:
    """A panel per language: across languages, a line per student."""
    for language, studies in by_language.items():
        name = language_name(language)
        lines = [study.line(f"{ENGLISH}-{language}", "spearman") for study in studies]
        yield Panel(f"{name}: STS with English, Spearman × 100", lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("studies", nargs="+", metavar="STUDENT=FOLDER")
    today = datetime.datetime.now(datetime.UTC).date()
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"students-{today}.md")
    parser.add_argument("--plot", type=Path, help="PNG or SVG; beside the page by default")
    given = parser.parse_args()
    by_language: dict[str, list[Study]] = {}
    for study in map(read_study, given.studies):
        by_language.setdefault(study.language, []).append(study)
    known = environment()
    times = {study.minutes for studies in by_language.values() for study in studies}
    minutes = sorted(value for value in times if value)
    head = (
        f"# Students by number of pairs, {today}\n\n{known.processors} processors, {known.machine},"
        f" torch {known.packages['torch']}; minutes of training: "
        f"{', '.join(f'{value:g}' for value in minutes) or 'by epochs'}.\n"
    )
    parts = [
        f"{language_name(code)}:\n\n{table(of).markdown()}" for code, of in by_language.items()
    ]
    given.out.write_text("\n".join([head, *parts]), encoding="utf-8", newline="\n")
    size_curves(list(panels(by_language)), given.plot or given.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
