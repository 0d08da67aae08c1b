"""The page about a run that trained a student: what it did, what came out, what to beware of.

Everything in it is rebuilt from `run.json` and `scores.json`; what these do not say is left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_sections
from isogloss.reports.pages.page import Page, Section, table_sections
from isogloss.reports.results import (
    BEFORE,
    COLUMNS,
    HOW_TO_READ,
    change_lines,
    in_order,
    index_scores,
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
from isogloss.reports.wording import (
    code,
    count,
    duration,
    language,
    listed,
    percent,
    plural,
)
from isogloss.runs.roles import held_out_note
from isogloss.runs.signatures import bootstrap_of


def distill_page(
    run: Mapping[str, Any],
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a run that trained a student.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label; `teacher`, `untrained` (of a finished student `before`) and
            `trained` become the columns in this order.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    facts, scores = RunFacts(run), in_order(scores)
    changes = change_lines(scores, facts.source)
    tables = {"Data": data_table(facts), "Student": student_table(facts)}
    training, times = training_table(facts), _times(facts)
    sections = [
        Section(text=[_summary(facts)], above="Teacher → trained student:", items=changes),
        *_results(scores),
        *_kept(facts, scores),
        *table_sections(tables),
        *([Section("Training", table=training, below=times)] if training or times else []),
        *plot_sections(plots),
    ]
    return Page(
        title=_title(facts),
        sections=sections,
        facts=page_facts(facts, scores),
        alarms=facts.alarms,
        origin=_origin(facts),
        scores=scores,
    )


def page_facts(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> dict[str, str]:
    """Facts at the top of a training run's page."""
    seed = facts.run.get("seed")
    known = {
        "finished": facts.finished,
        "isogloss": str(facts.run.get("isogloss") or ""),
        "seed": "" if seed is None else str(seed),
        "bootstrap": bootstrap_of(scores),
    }
    return {name: text for name, text in known.items() if text}


def _title(facts: RunFacts) -> str:
    command = str(facts.run.get("command") or "run").capitalize()
    names = listed([language(tag) for tag in facts.targets])
    return f"{command}: {names}" if names else command


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


def _results(scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    sections = result_sections(scores)
    if not sections:
        return [Section("Results", text=["Nothing was evaluated."])]
    given = f"{code(BEFORE)}: {COLUMNS[BEFORE]}." if BEFORE in scores else ""
    return [Section("Results", text=[HOW_TO_READ, given, held_out_note(scores)]), *sections]


def _kept(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    """Whether the source language stayed where the teacher had put it."""
    name = facts.source_name
    unchanged = facts.number("student", "source_unchanged")
    table = index_scores(scores)
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
    text = [cut, meaning] if table else [cut]
    return [Section(f"{name} kept", text=text, scores=table)]


def _times(facts: RunFacts) -> str:
    spent = [
        f"{name} {duration(seconds)}"
        for name, value in facts.section("seconds").items()
        if (seconds := as_number(value)) is not None
    ]
    return f"Where the time went: {' · '.join(spent)}." if spent else ""


def _origin(facts: RunFacts) -> list[str]:
    lines = [text for text in (versions(facts), fingerprints(facts)) if text]
    if facts.run.get("recipe") and facts.run.get("command") == "distill":
        again = "isogloss distill --recipe-from run.json --out AGAIN"
        lines.append(f"to repeat it: {code(again)}")
    return lines
