"""`report.md`: what a run did, what came out, and what to beware of.

Everything in it is rebuilt from `run.json` and `scores.json`; what these do not say is left out.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss.errors import MissingExtraError, MissingFileError
from isogloss.metrics.score import Score
from isogloss.reports.folder import read_run, read_scores, write_whole
from isogloss.reports.plots import accuracy_bars, sts_heatmap, training_curve
from isogloss.reports.plots.bars import METRIC as ACCURACY
from isogloss.reports.plots.curve import is_drawable
from isogloss.reports.plots.heatmap import METRIC as SPEARMAN
from isogloss.reports.results import (
    change_lines,
    held_out_note,
    in_order,
    index_table,
    result_sections,
)
from isogloss.reports.run_facts import RunFacts, as_number
from isogloss.reports.run_tables import (
    data_table,
    fingerprints,
    kept_checkpoint,
    student_table,
    training_table,
    versions,
)
from isogloss.reports.tables import Table
from isogloss.reports.wording import (
    code,
    count,
    duration,
    language,
    listed,
    percent,
    plural,
    without_paths,
)

logger = logging.getLogger(__name__)

REPORT_FILE = "report.md"
PLOTS = "plots"
HOW_TO_READ = (
    "Values are times 100, with 95% intervals; FVU and norm ratio are plain. ↓: lower is better."
    " How each number was computed stands in `scores.json`."
)


def distill_report(
    run: Mapping[str, Any],
    scores: Mapping[str, Sequence[Score]],
    *,
    plots: Mapping[str, str] | None = None,
    remark: str = "",
) -> str:
    """The page about a run that trained a student.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label; `teacher`, `untrained` and `trained` become the columns in
            this order.
        plots: pictures to show: caption → path relative to the page.
        remark: a line for the place of the pictures, such as why there are none.

    Returns:
        Markdown that names no folder of this machine.
    """
    facts = RunFacts(run)
    parts = [
        _title(facts),
        _alarms(facts),
        _summary(facts),
        change_lines(scores, facts.source),
        *_results(facts, scores),
        *_kept(facts, scores),
        *_section("Data", data_table(facts)),
        *_section("Student", student_table(facts)),
        *_section("Training", training_table(facts)),
        _times(facts),
        *_pictures(plots or {}, remark),
        *_origin(facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_report(folder: Path | str) -> Path:
    """Write `report.md` and `plots/*.png` from a folder's `run.json` and `scores.json`.

    Without `scores.json` the report says that nothing was evaluated; without matplotlib it says
    that there are no plots, and so does the log.

    Args:
        folder: the run's folder.

    Returns:
        The path of the report.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
        OutputFolderError: the folder cannot be written.
    """
    folder = Path(folder)
    run = read_run(folder)
    try:
        scores = in_order(read_scores(folder))
    except MissingFileError:
        scores = {}
    plots, remark = {}, ""
    try:
        plots = write_plots(run, scores, folder)
    except MissingExtraError as error:
        logger.warning("no plots: %s", error)
        remark = f"No plots were drawn: {error}."
    report = folder / REPORT_FILE
    write_whole(report, distill_report(run, scores, plots=plots, remark=remark))
    return report


def write_plots(
    run: Mapping[str, Any], scores: Mapping[str, Sequence[Score]], folder: Path
) -> dict[str, str]:
    """Draw every picture that the run has numbers for, into `plots/`.

    Args:
        run: the content of `run.json`.
        scores: scores per model label, in the order of drawing.
        folder: the run's folder.

    Returns:
        Caption → path relative to `folder`.

    Raises:
        MissingExtraError: there is something to draw and matplotlib is not installed.
        OutputFolderError: the folder cannot be written.
    """
    facts = RunFacts(run)
    step = facts.number("training", "best_step")
    draws: dict[str, tuple[str, Callable[[Path], None]]] = {}
    if is_drawable(facts.history):
        draws["training_curve"] = (
            "Training loss, and per language the share of the teacher's variance left unexplained",
            lambda path: training_curve(
                facts.history,
                path,
                best_step=None if step is None else int(step),
                source_name=facts.source_name,
            ),
        )
    if _has(scores, ACCURACY):
        caption = "Accuracy of finding translations, per language and model"
        draws["accuracy"] = (caption, lambda path: accuracy_bars(scores, path))
    if _has(scores, SPEARMAN):
        caption = "STS Spearman × 100, languages by languages, per model"
        draws["sts"] = (caption, lambda path: sts_heatmap(scores, path))
    for name, (_, draw) in draws.items():
        draw(folder / PLOTS / f"{name}.png")
    return {caption: f"{PLOTS}/{name}.png" for name, (caption, _) in draws.items()}


def _has(scores: Mapping[str, Sequence[Score]], metric: str) -> bool:
    rows = (score for found in scores.values() for score in found)
    return any(score.metric == metric and score.value is not None for score in rows)


def _title(facts: RunFacts) -> str:
    command = str(facts.run.get("command") or "run").capitalize()
    names = listed([language(tag) for tag in facts.targets])
    return f"# {command}: {names}" if names else f"# {command}"


def _alarms(facts: RunFacts) -> str:
    if not facts.alarms:
        return "No alarms." if "alarms" in facts.run else ""
    lines = ["> [!WARNING]", *(f"> - {without_paths(alarm)}" for alarm in facts.alarms)]
    return "\n".join(lines)


def _summary(facts: RunFacts) -> str:
    """One paragraph: who learned what from how much, and which checkpoint was kept."""
    kept = sum(as_number(entry.get("kept")) or 0 for entry in facts.data)
    student = f"a {facts.kind} student" if facts.kind else "a student"
    learned = f" {listed([language(tag) for tag in facts.targets])}" if facts.targets else ""
    first = f"{student} learned{learned}"
    if facts.teacher:
        first += f" from the teacher {code(facts.teacher)}"
    if kept:
        first += f" with {count(kept)} pairs of parallel sentences"
        first += f" ({plural(len(facts.data), 'source')} of data)"
    seen, seconds = facts.number("training", "sentences"), facts.number("training", "seconds")
    sentences = [f"{first[0].upper()}{first[1:]}."]
    if seen is not None and seconds is not None:
        sentences.append(f"It saw {count(seen)} sentences in {duration(seconds)} of training.")
    if checkpoint := kept_checkpoint(facts):
        sentences.append(f"The checkpoint of {checkpoint} was kept.")
    return " ".join(sentences)


def _results(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[str]:
    sections = result_sections(scores)
    if not sections:
        return ["## Results", "Nothing was evaluated."]
    return ["## Results", HOW_TO_READ, facts.in_domain, held_out_note(scores), *sections]


def _kept(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[str]:
    """Whether the source language stayed where the teacher had put it."""
    name = facts.source_name
    unchanged = facts.number("student", "source_unchanged")
    table = index_table(scores)
    if unchanged is None and not table:
        return []
    cut = (
        "" if unchanged is None else f"{percent(unchanged)} of {name} sentences are cut as before."
    )
    meaning = (
        f"Cosine of the student's embedding of a sentence in {name} with the teacher's (mean and"
        " 1st percentile), and share of sentences found among the first ten in an index that the"
        " teacher built:"
    )
    return [f"## {name} kept", cut, *([meaning, table] if table else [])]


def _section(title: str, table: Table | None) -> list[str]:
    return [f"## {title}", table.markdown()] if table is not None else []


def _times(facts: RunFacts) -> str:
    spent = [
        f"{name} {duration(seconds)}"
        for name, value in facts.section("seconds").items()
        if (seconds := as_number(value)) is not None
    ]
    return f"Where the time went: {' · '.join(spent)}." if spent else ""


def _pictures(plots: Mapping[str, str], remark: str) -> list[str]:
    if not plots and not remark:
        return []
    return ["## Plots", *(f"![{caption}]({path})" for caption, path in plots.items()), remark]


def _origin(facts: RunFacts) -> list[str]:
    lines = [f"- {text}" for text in (versions(facts), fingerprints(facts)) if text]
    if facts.run.get("recipe") and facts.run.get("command") == "distill":
        again = "isogloss distill --recipe-from run.json --out AGAIN"
        lines.append(f"- to repeat it: {code(again)}")
    return ["## Origin", "\n".join(lines)] if lines else []
