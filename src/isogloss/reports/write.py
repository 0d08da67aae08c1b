"""Every page and picture of a run's folder, made from what the run wrote; again at any time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss.errors import MissingFileError
from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import draw_plots
from isogloss.reports.pages.clean import CLEANINGS, clean_page
from isogloss.reports.pages.distill import distill_page
from isogloss.reports.pages.evaluate import EVALUATE, evaluation_page
from isogloss.reports.pages.export import EXPORT, export_page
from isogloss.reports.pages.finetune import finetune_page
from isogloss.reports.pages.html import html_page
from isogloss.reports.pages.page import Page
from isogloss.reports.pages.reproduce import REPRODUCE, study_page
from isogloss.reports.pages.translate import TRANSLATE, translation_page
from isogloss.reports.results import in_order
from isogloss.reports.run_facts import FINETUNE
from isogloss.runs.files import ONLY_MODEL, read_scores
from isogloss.runs.items import Items, read_items
from isogloss.runs.record import as_json, read_record
from isogloss.writing import write_whole

REPORT_FILE = "report.md"
HTML_FILE = "report.html"


def write_report(folder: Path | str) -> Path:
    """Write `report.md`, `report.html` and `plots/*.png` of a run.

    They are made from `run.json` and what lies beside it: `scores.json`, without which the report
    says that nothing was evaluated, and `items.npz`. Without matplotlib the report says that there
    are no plots, and so does the log.

    Args:
        folder: the run's folder.

    Returns:
        The path of `report.md`.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: one of these files cannot be read.
        OutputFolderError: the folder cannot be written.
    """
    folder = Path(folder)
    run = as_json(read_record(folder))
    scores = _scores(folder, run)
    page = _page(folder, run, scores)
    write_whole(folder / HTML_FILE, html_page(page))
    report = folder / REPORT_FILE
    write_whole(report, page.markdown())
    return report


def _page(folder: Path, run: Mapping[str, Any], scores: Mapping[str, Sequence[Score]]) -> Page:
    if run.get("command") in CLEANINGS:
        return clean_page(run)
    if run.get("command") == TRANSLATE:
        return translation_page(run)
    plots = draw_plots(run, scores, folder, _items(folder))
    pages = {
        EVALUATE: evaluation_page,
        EXPORT: export_page,
        FINETUNE: finetune_page,
        REPRODUCE: study_page,
    }
    return pages.get(str(run.get("command")), distill_page)(run, scores, plots)


def _items(folder: Path) -> list[Items]:
    """What the scores were computed from; nothing where it was not kept."""
    try:
        return read_items(folder)
    except MissingFileError:
        return []


def _scores(folder: Path, run: Mapping[str, Any]) -> dict[str, Sequence[Score]]:
    """Scores per label, in the order of the columns; a lone model has the name the run gives it."""
    try:
        scores = read_scores(folder)
    except MissingFileError:
        return {}
    if run.get("command") not in (EVALUATE, EXPORT, REPRODUCE):
        return in_order(scores)
    models = run.get("models")
    if list(scores) == [ONLY_MODEL] and isinstance(models, Mapping) and len(models) == 1:
        return {str(next(iter(models))): scores[ONLY_MODEL]}
    return dict(scores)
