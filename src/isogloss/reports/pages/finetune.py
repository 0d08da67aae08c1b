"""The page about a fine-tuning: what it did, what came out, what a search found."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_blocks
from isogloss.reports.finetune_tables import graded_tables, search_lines, trials_table
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
from isogloss.reports.wording import GROUPS, code, count, language, listed, place
from isogloss.runs.roles import held_out_note

FINETUNE = "finetune"
"""The `command` in `run.json` of a fine-tuning."""


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


def finetune_summary(facts: RunFacts) -> str:
    """A paragraph: which model learned what from how much."""
    data, recipe = facts.section("data"), facts.section("recipe")
    start = code(place(str(facts.section("start").get("name") or recipe.get("model") or "")))
    sentences = []
    pairs = data.get("train_pairs")
    if pairs:
        names = listed([language(tag) for tag in facts.languages])
        crossed = {
            "all": "every pair of languages crossed",
            "pivot": f"each crossed with {language(str(facts.run.get('pivot')))}",
            "none": "each language alone",
        }[str(recipe.get("crossings", "all"))]
        alone = len(facts.languages) < 2
        sentences.append(
            f"{start} learned the grades of {count(pairs)} sentence pairs in {names}"
            + ("." if alone else f", {crossed}.")
        )
    if data.get("triplets"):
        files = listed([code(place(str(p).partition("=")[2])) for p in recipe.get("nli") or ()])
        of = f" of {files}" if files else ""
        sentences.append(f"{start} learned to rank {count(data['triplets'])} triplets{of}.")
    if data.get("anchor_pairs"):
        sentences.append(
            f"{count(data['anchor_pairs'])} parallel pairs were held to their targets beside."
        )
    if data.get("dev_pairs"):
        looked = min(data["dev_pairs"], recipe.get("dev_pairs") or data["dev_pairs"])
        sentences.append(
            f"{count(looked)} of {count(data['dev_pairs'])} held-out pairs chose the weights by "
            "mean Spearman over all pairs of languages."
        )
        if data.get("dev_pairs_seen_in_training"):
            sentences.append(
                f"{count(data['dev_pairs_seen_in_training'])} of the latter share a sentence with "
                "training."
            )
    elif pairs:
        sentences.append("Everything was trained on; the last weights were kept.")
    return " ".join(sentences)


def _search(facts: RunFacts) -> list[Block]:
    """What a search found, and what a naive split would have promised."""
    found = facts.section("search")
    if not found:
        return []
    trials = trials_table(found)
    return [Heading("Search"), Bullets(search_lines(found)), *([trials] if trials else [])]


def _tables(facts: RunFacts) -> list[Block]:
    parallel = data_table(RunFacts({"data": facts.section("data").get("pairs") or []}))
    tables = {
        **graded_tables(facts),
        "Parallel sentences": parallel,
        "Training": training_table(facts),
    }
    blocks: list[Block] = []
    for title, table in tables.items():
        blocks += [Heading(title), table] if table is not None else []
    return blocks
