"""Pictures of a run as PNG: how it learned, whom it understands, before and after.

Drawn with matplotlib (extra `isogloss[plots]`), which is imported inside the functions. The same
numbers give the same bytes; colors are told apart by every kind of color vision.
"""

from isogloss.reports.plots.bars import accuracy_bars
from isogloss.reports.plots.curve import training_curve
from isogloss.reports.plots.heatmap import sts_heatmap

__all__ = ["accuracy_bars", "sts_heatmap", "training_curve"]
