"""What a run leaves behind for people: tables, pictures, a report, a model card.

Everything is made from the record of a run, `run.json`, and its `scores.json`, so that
`write_report(folder)` can make it again at any time. Pages name files, never folders of a machine.
"""

from isogloss.reports.cards.card import model_card, write_card
from isogloss.reports.figures import accuracy_bars, sts_heatmap, training_curve
from isogloss.reports.tables import Table, scores_table
from isogloss.reports.write import write_report
from isogloss.runs.files import read_scores

__all__ = [
    "Table",
    "accuracy_bars",
    "model_card",
    "read_scores",
    "scores_table",
    "sts_heatmap",
    "training_curve",
    "write_card",
    "write_report",
]
