"""Which runs draw pictures: those whose test looks at them, since they take most of a small run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from isogloss.reports import write
from isogloss.reports.figures import run_plots
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, draw_plots
from isogloss.runs.descriptions import RunRecord

MOST = 6
"""Pictures of a run: a cloud behind those of the other kinds."""


@contextmanager
def pictures(*kinds: type[RunRecord]) -> Iterator[None]:
    """A block in which runs draw, but for most of their clouds of points, and others nothing.

    Args:
        kinds: of the records of those that draw.
    """

    def drawn(record: RunRecord, *given: Any) -> Plots:
        return draw_plots(record, *given) if isinstance(record, kinds) else NO_PLOTS

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "draw_plots", drawn)
        patch.setattr(run_plots, "MAX_PICTURES", MOST)
        yield
