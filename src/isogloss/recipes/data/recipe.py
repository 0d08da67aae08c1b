"""What cleaning, filtering and translating can be told."""

import hashlib
import json
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveInt

from isogloss.config import Part, Place, settings
from isogloss.corpora.filters import NAMES, Filtering, check_names
from isogloss.data.cleaning import Cleaning
from isogloss.data.languages import canonical_language
from isogloss.errors import InputError
from isogloss.vectors.margin import Margin
from isogloss.vectors.mining import K


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
        """Refuse unknown filters."""
        check_names(self.filters)
        if not self.pairs:
            raise InputError(
                "no pairs were given; expected places: add --pairs, as in en-de=corpus.tsv.gz"
            )

    def fingerprint(self) -> str:
        """Hash of all that decides which pairs are kept."""
        return _fingerprint(asdict(self))


@settings()
class FilterRecipe:
    """A filtering by a model.

    Attributes:
        pairs: places of parallel sentences, `LANGS=WHERE`.
        model: folder or name of the model that reads both sides.
        out: folder for the pairs that are kept and everything about them.
        teacher: the model that reads the source in its place: the one that `model` learned from.
        prompt: text put before every sentence; None: the models' own for finding translations, of
            the teacher the one that it taught `model` with.
        margin: how a cosine meets the neighborhoods of its two ends.
        k: neighbors on each side.
        lengths: take odd lengths for a sign against a pair, where the place tells what is usual.
        min_score: lowest score that is kept; without it and `keep`, what is probably no translation
            is dropped, as each place itself tells.
        keep: share of each place's pairs that is kept, the best.
        copied: share of words that the target may have from the source, of five or more.
        weights: write into a third column how probably each kept pair is a translation, for
            `distill` to weigh it by (`?weight=3`).
        cleaning: bounds of the filter `basic`; equal pairs stay.
    """

    pairs: tuple[str, ...]
    model: Place
    out: Place
    teacher: Place | None = None
    prompt: str | None = None
    margin: Margin = Margin.HALF
    k: PositiveInt = K
    lengths: bool = True
    min_score: float | None = None
    keep: Annotated[float, Field(gt=0, le=1)] | None = None
    copied: Part = 0.7
    weights: bool = False
    cleaning: Cleaning = field(default_factory=Cleaning)

    def __post_init__(self) -> None:
        """Refuse two thresholds, and none to filter."""
        if not self.pairs:
            raise InputError(
                "no pairs were given; expected places: add --pairs, as in en-de=corpus.tsv.gz"
            )
        if self.min_score is not None and self.keep is not None:
            raise InputError(
                f"min_score {self.min_score} and keep {self.keep} were both given; expected one of "
                "them: choose one"
            )

    def fingerprint(self) -> str:
        """Hash of all that decides which pairs are kept."""
        return _fingerprint(asdict(self))


@settings()
class TranslateRecipe:
    """A translation of a set.

    Attributes:
        file: texts (see `isogloss.data.texts.read_texts`), or graded pairs.
        target: the language to translate into.
        model: folder or hub name of a translation model; or what a server calls its model.
        out: folder for the rows and everything about them.
        source: the language of the file.
        sts: the file has graded pairs, see `isogloss.data.graded.sts.read_sts`.
        column: that holds the texts; None finds it.
        endpoint: address of a server that speaks as OpenAI's does; None: a model on this machine.
        judge: folder or name of a model of both languages: its cosine of original and translation
            is the confidence. None: the translator's own score, if it has one.
        prompt: text put before every sentence by the judge; None: its own.
        min_confidence: rows of which it is less are set aside; published sets took 0.7.
        beams: translations that a model on this machine follows at once.
        price: of a million tokens that a server reads, and writes; for the estimate.
    """

    file: Place
    target: str
    model: Place
    out: Place
    source: str = "en"
    sts: bool = False
    column: str | None = None
    endpoint: str | None = None
    judge: Place | None = None
    prompt: str | None = None
    min_confidence: Part = 0.7
    beams: PositiveInt = 4
    price: tuple[NonNegativeFloat, NonNegativeFloat] | None = None

    def __post_init__(self) -> None:
        """Refuse one language on both sides."""
        if canonical_language(self.source) == canonical_language(self.target):
            raise InputError(
                f"source and target are both {self.target!r}; expected two languages: name another"
            )

    @property
    def stem(self) -> str:
        """The file's name without its ends."""
        return Path(self.file).name.split(".")[0] or "texts"

    def fingerprint(self) -> str:
        """Hash of all that decides the translations."""
        decisive = ("file", "target", "model", "source", "sts", "column", "endpoint", "beams")
        return _fingerprint({name: getattr(self, name) for name in decisive})


def _fingerprint(values: dict[str, object]) -> str:
    """Hash of a recipe, but for its folder."""
    decisive = {name: value for name, value in values.items() if name != "out"}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
