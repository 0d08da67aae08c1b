"""The data room: from files and hub datasets to clean, counted, fingerprinted parallel sentences.

A place is written `LANGS=WHERE` (`places`); each format has one reader behind an equal door
(`readers`); what no reader or filter lets through is counted and can be written to a side file
(`rejects`). Graded pairs are in `graded`. Read `loading.load_parallel` first.
"""

from isogloss.data.cleaning import Cleaning
from isogloss.data.languages import (
    LanguagePair,
    canonical_language,
    language_name,
    parse_language_pair,
)
from isogloss.data.loading import LoadedPairs, PairsReport, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.places import Where, parse_where
from isogloss.data.split import Split, split_dev

__all__ = [
    "Cleaning",
    "LanguagePair",
    "LoadedPairs",
    "PairsReport",
    "ParallelSentences",
    "Split",
    "Where",
    "canonical_language",
    "language_name",
    "load_parallel",
    "parse_language_pair",
    "parse_where",
    "split_dev",
]
