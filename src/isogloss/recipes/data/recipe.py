"""What cleaning can be told."""

import hashlib
import json
from dataclasses import asdict, field

from isogloss.config import Place, settings
from isogloss.corpora.filters import NAMES, Filtering, check_names
from isogloss.data.cleaning import Cleaning
from isogloss.errors import InputError


@settings()
class CleanRecipe:
    """A cleaning.

    Attributes:
        pairs: places of parallel sentences, `LANGS=WHERE`.
        out: folder for the clean pairs and everything about them.
        filters: what to do, by name; the order is always that of `isogloss.corpora.filters.NAMES`.
        cleaning: bounds of the filter `basic`; equal pairs are the filter `duplicates`' matter.
        filtering: how strict the other filters are.
        suites: evaluation suites whose sentences are kept out; with `data_root` and none named, all
            of which data are there.
        data_root: folder with their data.
        keep_out: further files whose sentences are kept out, a sentence in each line or cell.
    """

    pairs: tuple[str, ...]
    out: Place
    filters: tuple[str, ...] = NAMES
    cleaning: Cleaning = field(default_factory=Cleaning)
    filtering: Filtering = field(default_factory=Filtering)
    suites: tuple[str, ...] = ()
    data_root: Place | None = None
    keep_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse filters that are none."""
        check_names(self.filters)
        if not self.pairs:
            raise InputError(
                "no pairs were given; expected places: add --pairs, as in en-de=corpus.tsv.gz"
            )

    def fingerprint(self) -> str:
        """Hash of all that decides which pairs are kept."""
        values = {name: value for name, value in asdict(self).items() if name != "out"}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
