"""The page about a run that trained a student: what it did, what came out, what to beware of.

Everything in it is rebuilt from `run.json` and `scores.json`; what these do not say is left out.
"""

from collections.abc import Mapping, Sequence

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_sections
from isogloss.reports.models import model_code
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
from isogloss.reports.run_tables import (
    data_table,
    fingerprints,
    finished,
    kept_checkpoint,
    source_name,
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
    without_paths,
)
from isogloss.runs.descriptions import StudentDescription
from isogloss.runs.record import DistillRecord, ModelRecord
from isogloss.runs.roles import held_out_note
from isogloss.runs.signatures import bootstrap_of


def distill_page(
    record: DistillRecord,
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a run that trained a student.

    Args:
        record: the record of the run; what it does not say is left out.
        scores: scores per model label; `teacher`, `untrained` (of a finished student `before`) and
            `trained` become the columns in this order.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    scores = in_order(scores)
    changes = change_lines(scores, record.source_language)
    tables = {
        "Data": data_table(record.data),
        "Dictionaries": data_table(record.dictionaries),
        "Student": student_table(record),
    }
    training, times = training_table(record), _times(record)
    sections = [
        Section(text=[_summary(record)], above="Teacher → trained student:", items=changes),
        *_results(scores),
        *_kept(record, scores),
        *table_sections(tables),
        *([Section("Training", table=training, below=times)] if training or times else []),
        *plot_sections(plots),
    ]
    return Page(
        title=": ".join(filter(None, ("Distill", _added(record)))),
        sections=sections,
        facts=page_facts(record, scores),
        alarms=page_alarms(record),
        origin=_origin(record),
        scores=scores,
    )


def page_facts(record: ModelRecord, scores: Mapping[str, Sequence[Score]]) -> dict[str, str]:
    """Facts at the top of a training run's page."""
    seed = "" if record.seed is None else str(record.seed)
    known = {**finished(record), "seed": seed, "bootstrap": bootstrap_of(scores)}
    return {name: text for name, text in known.items() if text}


def page_alarms(record: ModelRecord) -> list[str] | None:
    """What a training run itself found wrong; `None` where it looked for nothing."""
    looked = "alarms" in record.model_fields_set
    return [without_paths(alarm) for alarm in record.alarms] if looked else None


def _added(record: DistillRecord) -> str:
    """The languages that were added, by name."""
    codes = dict.fromkeys(pair.target for pair in record.pairs)
    return listed([language(tag) for tag in codes if tag != record.source_language])


def _summary(record: DistillRecord) -> str:
    """One paragraph: who learned what from how much, and which checkpoint was kept."""
    kept = sum(part.kept for part in record.data)
    learned = sum(part.learned for part in record.data)
    training = record.training
    student = f"A {record.student.kind} student" if record.student.kind else "A student"
    first = f"{student} learned {_added(record)}".rstrip()
    if teacher := model_code(record.teacher):
        first += f" from the teacher {teacher}"
    if kept:
        some = f"{count(learned)} of " if learned < kept else ""
        first += f" with {some}{count(kept)} pairs of parallel sentences"
        first += f" ({plural(len(record.data), 'source')} of data)"
    if entries := sum(part.kept for part in record.dictionaries):
        first += f" and {count(entries)} entries of dictionaries"
    sentences = [f"{first}.", _start(record.student)]
    if training.sentences is not None and training.seconds is not None:
        seen, spent = count(training.sentences), duration(training.seconds)
        sentences.append(f"It saw {seen} sentences in {spent} of training.")
    if checkpoint := kept_checkpoint(training):
        sentences.append(f"The checkpoint of {checkpoint} was kept.")
    return " ".join(filter(None, sentences))


def _start(student: StudentDescription) -> str:
    """What the map before training came to, and why there is one."""
    start = student.start
    if start is None or start.fvu is None or start.method == "none":
        return ""
    widths = ""
    if start.width and student.dim and start.width != student.dim:
        widths = f" of its {start.width} dimensions to the teacher's {student.dim}"
    text = f"It began at a linear map{widths} ({start.method}, {plural(start.pairs, 'pair')})"
    if start.fvu_before is not None:
        text += f": held-out FVU {start.fvu_before:.2f} without it, {start.fvu:.2f} with it"
    found = [start.accuracy_before, start.accuracy]
    if all(found):
        before, after = (percent(sum(one.values()) / len(one)) for one in found)
        text += f"; {before} and {after} of held-out translations found"
    return text + "."


def _results(scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    sections = result_sections(scores)
    if not sections:
        return [Section("Results", text=["Nothing was evaluated."])]
    given = f"{code(BEFORE)}: {COLUMNS[BEFORE]}." if BEFORE in scores else ""
    return [Section("Results", text=[HOW_TO_READ, given, held_out_note(scores)]), *sections]


def _kept(record: DistillRecord, scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    """Whether the source language stayed where the teacher had put it."""
    name, table = source_name(record), index_scores(scores)
    unchanged = record.student.source_unchanged
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


def _times(record: DistillRecord) -> str:
    spent = [f"{name} {duration(seconds)}" for name, seconds in record.seconds.items()]
    return f"Where the time went: {' · '.join(spent)}." if spent else ""


def _origin(record: DistillRecord) -> list[str]:
    lines = [text for text in (versions(record), fingerprints(record)) if text]
    if record.recipe:
        again = "isogloss distill --recipe-from run.json --out AGAIN"
        lines.append(f"to repeat it: {code(again)}")
    return lines
