"""Published suites: cards that say what they are, and their data from a folder or the hub.

`load_suites(["sts17-paper"], data_root="data")` gives suites whose tasks `recipes.evaluate` runs. A
test set that is missing is named, in the notes and in the scores; a suite of which nothing is found
is an error.
"""

from isogloss.tasks.suites.card import HubPlace, Layout, Subset, SuiteCard
from isogloss.tasks.suites.cards import SUITES
from isogloss.tasks.suites.load import Missing, Suite, check_suites, load_suites

__all__ = [
    "SUITES",
    "HubPlace",
    "Layout",
    "Missing",
    "Subset",
    "Suite",
    "SuiteCard",
    "check_suites",
    "load_suites",
]
