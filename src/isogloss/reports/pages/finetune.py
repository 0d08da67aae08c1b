"""The page about a fine-tuning: what it did, what came out, what a search found."""

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_sections
from isogloss.reports.finetune_tables import (
    finetune_summary,
    graded_tables,
    search_lines,
    trials_table,
)
from isogloss.reports.pages.distill import page_facts
from isogloss.reports.pages.page import Page, Section, table_sections
from isogloss.reports.results import (
    AGGREGATES,
    HOW_TO_READ,
    in_order,
    result_sections,
)
from isogloss.reports.run_facts import RunFacts
from isogloss.reports.run_tables import data_table, training_table, versions
from isogloss.reports.wording import GROUPS, language, listed
from isogloss.runs.roles import held_out_note


def finetune_page(
    run: Mapping[str, Any],
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a fine-tuning.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label: `teacher` if one was named, `before`, `after`.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    facts, scores = RunFacts(run), in_order(scores)
    tables = {
        **graded_tables(facts),
        "Parallel sentences": data_table(facts),
        "Training": training_table(facts),
    }
    names = listed([language(tag) for tag in facts.languages])
    return Page(
        title=f"Fine-tuning: {names}" if names else "Fine-tuning",
        sections=[
            Section(text=[finetune_summary(facts)]),
            *_results(facts, scores),
            *_search(facts),
            *table_sections(tables),
            *plot_sections(plots),
        ],
        facts=page_facts(facts, scores),
        alarms=facts.alarms,
        origin=[line for line in (versions(facts),) if line],
        scores=scores,
    )


def _results(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    sections = result_sections(scores)
    if not sections:
        return [Section(text=["Nothing was evaluated."])]
    grouped = any(score.languages in GROUPS for rows in scores.values() for score in rows)
    given = bool(facts.section("recipe").get("dev"))
    text = [HOW_TO_READ, AGGREGATES if grouped else "", held_out_note(scores, given=given)]
    return [Section("Results", text=text), *sections]


def _search(facts: RunFacts) -> list[Section]:
    """What a search found, and what a naive split would have promised."""
    found = facts.section("search")
    if not found:
        return []
    return [Section("Search", items=search_lines(found), table=trials_table(found))]
