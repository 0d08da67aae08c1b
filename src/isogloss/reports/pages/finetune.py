"""The page about a fine-tuning: what it did, what came out, what a search found."""

from collections.abc import Mapping, Sequence

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_sections
from isogloss.reports.finetune_tables import (
    finetune_summary,
    graded_tables,
    search_lines,
    trials_table,
)
from isogloss.reports.pages.distill import page_alarms, page_facts
from isogloss.reports.pages.page import Page, Section, table_sections
from isogloss.reports.results import (
    AGGREGATES,
    HOW_TO_READ,
    in_order,
    result_sections,
)
from isogloss.reports.run_tables import data_table, training_table, versions
from isogloss.reports.wording import GROUPS, language, listed
from isogloss.runs.record import FinetuneRecord
from isogloss.runs.roles import held_out_note


def finetune_page(
    record: FinetuneRecord,
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a fine-tuning.

    Args:
        record: the record of the run; what it does not say is left out.
        scores: scores per model label: `teacher` if one was named, `before`, `after`.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    scores, search = in_order(scores), record.search
    tables = {
        **graded_tables(record.data),
        "Parallel sentences": data_table(record.parallel),
        "Training": training_table(record),
    }
    searched = []
    if search:
        searched.append(Section("Search", items=search_lines(search), table=trials_table(search)))
    names = listed([language(tag) for tag in record.model_languages])
    return Page(
        title=f"Fine-tuning: {names}" if names else "Fine-tuning",
        sections=[
            Section(text=[finetune_summary(record)]),
            *_results(record, scores),
            *searched,
            *table_sections(tables),
            *plot_sections(plots),
        ],
        facts=page_facts(record, scores),
        alarms=page_alarms(record),
        origin=list(filter(None, [versions(record)])),
        scores=scores,
    )


def _results(record: FinetuneRecord, scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    sections = result_sections(scores)
    if not sections:
        return [Section(text=["Nothing was evaluated."])]
    grouped = any(score.languages in GROUPS for rows in scores.values() for score in rows)
    given = bool(record.recipe.get("dev"))
    text = [HOW_TO_READ, AGGREGATES if grouped else "", held_out_note(scores, given=given)]
    return [Section("Results", text=text), *sections]
