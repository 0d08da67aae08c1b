"""The page about a fine-tuning: what it did, what came out, what a search found."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_blocks
from isogloss.reports.finetune_tables import (
    finetune_summary,
    graded_tables,
    search_lines,
    trials_table,
)
from isogloss.reports.pages.distill import alarm_blocks, page_facts
from isogloss.reports.pages.page import Block, Bullets, Heading, Page, Prose
from isogloss.reports.results import (
    AGGREGATES,
    HOW_TO_READ,
    in_order,
    section_blocks,
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
    sections = section_blocks(scores)
    results: list[Block] = [Prose("Nothing was evaluated.")]
    if sections:
        grouped = any(score.languages in GROUPS for rows in scores.values() for score in rows)
        meaning = Prose(AGGREGATES if grouped else "")
        results = [Heading("Results"), Prose(HOW_TO_READ), meaning, *chain(*sections)]
        given = bool(facts.section("recipe").get("dev"))
        results.append(Prose(held_out_note(scores, given=given)))
    blocks = [
        *alarm_blocks(facts),
        Prose(finetune_summary(facts)),
        *results,
        *_search(facts),
        *_tables(facts),
        *plot_blocks(plots),
    ]
    names = listed([language(tag) for tag in facts.languages])
    return Page(
        title=f"Fine-tuning: {names}" if names else "Fine-tuning",
        blocks=blocks,
        facts=page_facts(facts, scores),
        origin=[line for line in (versions(facts),) if line],
        scores=scores,
    )


def _search(facts: RunFacts) -> list[Block]:
    """What a search found, and what a naive split would have promised."""
    found = facts.section("search")
    if not found:
        return []
    trials = trials_table(found)
    return [Heading("Search"), Bullets(search_lines(found)), *([trials] if trials else [])]


def _tables(facts: RunFacts) -> list[Block]:
    parallel = data_table(facts)
    tables = {
        **graded_tables(facts),
        "Parallel sentences": parallel,
        "Training": training_table(facts),
    }
    blocks: list[Block] = []
    for title, table in tables.items():
        blocks += [Heading(title), table] if table is not None else []
    return blocks
