"""The pictures that only a fine-tuning has: its dev Spearman, and its search."""

from pathlib import Path

from isogloss.reports.figures.drawings import Drawing
from isogloss.reports.figures.finetune import has_spearman, search_picture, spearman_curve
from isogloss.reports.run_facts import RunFacts


def finetune_drawings(facts: RunFacts) -> list[Drawing]:
    """How the held-out pairs went during training, and how the search went; those there are."""
    found = []
    if has_spearman(facts.history):
        step = facts.number("training", "best_step")

        def draw_curve(path: Path) -> None:
            spearman_curve(facts.history, path, best_step=None if step is None else int(step))

        caption = "Spearman × 100 on the held-out pairs during training"
        found.append(Drawing("spearman_curve", caption, draw_curve))
    search = facts.section("search")
    if search:
        caption = "Trials of the search with their folds, and how much each setting matters"
        found.append(Drawing("search", caption, lambda path: search_picture(search, path)))
    return found
