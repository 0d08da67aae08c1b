"""Pictures of a run as PNG or SVG: how it learned, whom it understands, before and after.

Drawn with matplotlib (extra `isogloss[plots]`), which is imported inside the functions. The same
numbers give the same bytes; colors are told apart by every kind of color vision.
"""

from isogloss.reports.figures.bars import accuracy_bars
from isogloss.reports.figures.bias import bias_map
from isogloss.reports.figures.curve import training_curve
from isogloss.reports.figures.heatmap import sts_heatmap
from isogloss.reports.figures.scatter import score_scatter

__all__ = ["accuracy_bars", "bias_map", "score_scatter", "sts_heatmap", "training_curve"]
