"""Every page and picture of a run's folder, made from what the run wrote; again at any time."""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from isogloss.errors import MissingFileError
from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import draw_plots
from isogloss.reports.pages.clean import clean_page
from isogloss.reports.pages.distill import distill_page
from isogloss.reports.pages.evaluate import evaluation_page
from isogloss.reports.pages.export import export_page
from isogloss.reports.pages.finetune import finetune_page
from isogloss.reports.pages.html import html_page
from isogloss.reports.pages.page import Page
from isogloss.reports.pages.reproduce import study_page
from isogloss.reports.pages.translate import translation_page
from isogloss.reports.results import in_order
from isogloss.runs.files import ONLY_MODEL, read_scores
from isogloss.runs.items import Items, read_items
from isogloss.runs.record import (
    CleanRecord,
    ComparisonRecord,
    DistillRecord,
    EvaluateRecord,
    ExportRecord,
    FinetuneRecord,
    Record,
    ReproduceRecord,
    TranslateRecord,
    read_record,
)
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
    page = _page(folder, read_record(folder))
    write_whole(folder / HTML_FILE, html_page(page))
    report = folder / REPORT_FILE
    write_whole(report, page.markdown())
    return report


def _page(folder: Path, record: Record) -> Page:
    scores = _scores(folder, record)
    plots = draw_plots(record, scores, folder, _items(folder))
    match record:
        case DistillRecord():
            return distill_page(record, scores, plots)
        case FinetuneRecord():
            return finetune_page(record, scores, plots)
        case EvaluateRecord():
            return evaluation_page(record, scores, plots)
        case ReproduceRecord():
            return study_page(record, scores, plots)
        case ExportRecord():
            return export_page(record, scores)
        case CleanRecord():
            return clean_page(record)
        case TranslateRecord():
            return translation_page(record)
    assert_never(record)


def _items(folder: Path) -> list[Items]:
    """What the scores were computed from; nothing where it was not kept."""
    try:
        return read_items(folder)
    except MissingFileError:
        return []


def _scores(folder: Path, record: Record) -> dict[str, Sequence[Score]]:
    """Scores per label, in the order of the columns; a lone model has the name the run gives it."""
    try:
        scores = read_scores(folder)
    except MissingFileError:
        return {}
    if not isinstance(record, ComparisonRecord):
        return in_order(scores)
    if list(scores) == [ONLY_MODEL] and len(record.models) == 1:
        return {next(iter(record.models)): scores[ONLY_MODEL]}
    return dict(scores)
