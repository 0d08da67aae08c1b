"""The pictures of a run, drawn into its folder and for its pages."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from isogloss.errors import MissingExtraError
from isogloss.metrics.score import Score
from isogloss.reports.figures.drawings import (
    Drawing,
    item_drawings,
    reference,
    score_drawings,
    training_drawings,
)
from isogloss.reports.figures.study_drawings import study_drawings
from isogloss.reports.figures.style import for_page
from isogloss.reports.pages.page import Picture, Section
from isogloss.reports.wording import plural
from isogloss.runs.descriptions import RunRecord
from isogloss.runs.items import Items
from isogloss.runs.record import DistillRecord, FinetuneRecord, ReproduceRecord

logger = logging.getLogger(__name__)

PLOTS = "plots"
MAX_PICTURES = 20
"""A page with more is slow to make and slow to read; the last ones are clouds of points."""

_OURS = re.compile(
    r"(?:training_curve|spearman_curve|search|study|accuracy|sts|sts_difference|bias|scatter_\d\d_.*)\.png"
)

Scores = Mapping[str, Sequence[Score]]


class Plots(NamedTuple):
    """The pictures of a run, or why there are none.

    Args:
        pictures: in the order of the page.
        remark: a line in their place; `""` where there is nothing to say.
    """

    pictures: Sequence[Picture] = ()
    remark: str = ""


NO_PLOTS = Plots()


def draw_plots(
    record: RunRecord, scores: Scores, folder: Path, items: Sequence[Items] = ()
) -> Plots:
    """Draw every picture that a run has numbers for, into `plots/`.

    Args:
        record: the record of the run.
        scores: scores per model label, in the order of drawing.
        folder: the run's folder.
        items: what the scores were computed from; without them there are no clouds of points.

    Returns:
        The pictures; none, and a remark that the log also has, where matplotlib is not installed.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    drawings = [
        *score_drawings(scores, reference(record, scores)),
        *item_drawings(items, list(scores)),
    ]
    if isinstance(record, DistillRecord | FinetuneRecord):
        drawings = [*training_drawings(record), *drawings]
    elif isinstance(record, ReproduceRecord):
        drawings = [*study_drawings(record.study, scores), *drawings]
    left = len(drawings) - MAX_PICTURES
    try:
        pictures = [_picture(drawing, folder) for drawing in drawings[:MAX_PICTURES]]
    except MissingExtraError as error:
        logger.warning("no plots: %s", error)
        return Plots(remark=f"No plots were drawn: {error}.")
    _forget_others(folder / PLOTS, pictures)
    said = f"{plural(left, 'more plot')} of cosines against grades would follow; none was drawn."
    return Plots(pictures, said if left > 0 else "")


def plot_sections(plots: Plots) -> list[Section]:
    """The part of a page that shows pictures, or says why there are none."""
    if not plots.pictures and not plots.remark:
        return []
    return [Section("Plots", pictures=plots.pictures, below=plots.remark)]


def _forget_others(plots: Path, pictures: Sequence[Picture]) -> None:
    """Remove what an earlier evaluation drew here and this one did not."""
    drawn = {Path(picture.path).name for picture in pictures}
    for path in plots.glob("*.png"):
        if path.name not in drawn and _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _picture(drawing: Drawing, folder: Path) -> Picture:
    """Draw it as a file, and for a page that holds its pictures itself."""
    path = Path(PLOTS, f"{drawing.name}.png")
    with TemporaryDirectory() as passing:
        svg = Path(passing, f"{drawing.name}.svg")
        drawing.draw([folder / path, svg])
        shown = for_page(svg.read_text(encoding="utf-8"), drawing.name)
    return Picture(drawing.caption, path.as_posix(), shown)
