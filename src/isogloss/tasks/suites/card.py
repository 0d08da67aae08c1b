"""What is known about a published suite before any of its files is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from isogloss.data.languages import best_match, canonical_language

PIVOT = "en"
"""The language that every suite has beside its others, and that is never left out."""

Kind = Literal["sts", "bitext", "bucc"]


@dataclass(frozen=True)
class Subset:
    """One of a suite's test sets.

    Args:
        first: language of the first sentences, spelled as the data spell it (`deu`, `zh-CN`).
        second: language of the second sentences; the same for a monolingual set.
        n: number of pairs (bucc: of gold pairs) as published; `None` where it is not stated.
        track: the set's number in its shared task, as its files have it.
        published: whether the set belongs to the suite as published.
    """

    first: str
    second: str
    n: int | None = None
    track: str = ""
    published: bool = True

    @property
    def languages(self) -> str:
        """The pair as scores show it: `de-en` for `deu-eng`.

        Where two of a suite's sets would have one name, the older code keeps its own (`kzj`).
        """
        return "-".join(
            code if code in _MERGED else canonical_language(code)
            for code in (self.first, self.second)
        )

    @property
    def monolingual(self) -> bool:
        """Whether both sentences are in one language."""
        return self.first == self.second


_MERGED = frozenset({"kzj"})
"""Codes that have been merged into another, with test sets under both."""


@dataclass(frozen=True)
class Layout:
    """Where files of a suite lie below a folder.

    Args:
        folders: folders in the order they are tried; `""` is the folder itself.
        files: names in the order they are tried, `{a}` and `{b}` for the two languages and
            `{track}` for the set's number; several names where a set needs several files.
        either_order: whether the languages may stand in the other order.
    """

    folders: tuple[str, ...]
    files: tuple[tuple[str, ...], ...]
    either_order: bool = False

    def said(self) -> str:
        """The places, for a message."""
        names = ", ".join(" + ".join(names) for names in self.files)
        folders = ", ".join(folder or "." for folder in self.folders)
        return f"{names} ({{a}}, {{b}}: the languages) in {folders}"


@dataclass(frozen=True)
class Beside:
    """Data that are read where a suite's own are not found.

    Args:
        name: what tables call them.
        layout: where their files lie.
        note: what a reader of their numbers must know.
    """

    name: str
    layout: Layout
    note: str


@dataclass(frozen=True)
class HubPlace:
    """Where a suite lies on the Hugging Face hub.

    Args:
        name: the dataset.
        revision: the commit that is read.
        split: the split that is read.
        config: the configuration of a set, `{a}` and `{b}` for its languages, tried in both
            orders; `""` for a dataset without configurations.
    """

    name: str
    revision: str
    config: str
    split: str = "test"


@dataclass(frozen=True)
class SuiteCard:
    """A published suite.

    Args:
        name: what `--suite` takes.
        title: what it is, for people.
        kind: what kind of task its sets are.
        subsets: its sets, in the order of its tables.
        layout: where its files lie.
        source: where it comes from.
        licence: of the data, as their owners state it; `not stated` where they do not.
        citation: who to cite.
        hub: where it lies on the hub; `None` where no copy is known.
        statistics: correlations that its tables report (STS only).
        crossed: whether a file holds one language, and a crossing is made of two of them.
        beside: other data, for each set the first of them that has it, where none of its own are
            found.
        bias: whether it reports language bias: `beside` its other numbers, or `alone`.
        note: what a reader of its numbers must know.
        mteb: what mteb calls it, as a model's folder may in the names of its prompts; `""` where
            mteb has it not.
    """

    name: str
    title: str
    kind: Kind
    subsets: tuple[Subset, ...]
    layout: Layout
    source: str
    licence: str
    citation: str
    hub: HubPlace | None = None
    statistics: tuple[str, ...] = ("spearman",)
    crossed: bool = False
    beside: tuple[Beside, ...] = ()
    bias: Literal["", "beside", "alone"] = ""
    note: str = ""
    mteb: str = ""
    languages: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        codes = [code for s in self.subsets for code in (s.first, s.second)]
        object.__setattr__(self, "languages", tuple(dict.fromkeys(codes)))


class Chosen(NamedTuple):
    """The sets of a suite that a choice of languages leaves.

    Attributes:
        subsets: those whose languages are all wanted.
        lacking: wanted languages that the suite has not.
        wanted: what was wanted, English included; nothing where everything was.
    """

    subsets: list[Subset]
    lacking: list[str]
    wanted: list[str]


def choose_subsets(subsets: Sequence[Subset], wanted: Sequence[str] | None) -> Chosen:
    """Keep the sets in and between some languages and English.

    Args:
        subsets: sets of a suite.
        wanted: canonical codes; `zh` also takes `zh-CN` and `zh-TW`; `None` for all.

    Returns:
        The sets, in their order, and the codes that matched none of them.
    """
    if wanted is None:
        return Chosen(list(subsets), [], [])
    asked = dict.fromkeys([PIVOT, *wanted])
    codes = {code for subset in subsets for code in (subset.first, subset.second)}
    kept = {code for code in codes if any(covers(code, language) for language in asked)}
    lacking = [w for w in asked if w != PIVOT and not any(covers(code, w) for code in codes)]
    left = [subset for subset in subsets if {subset.first, subset.second} <= kept]
    return Chosen(left, lacking, list(asked))


def covers(code: str, wanted: str) -> bool:
    """Whether a language of a suite is the wanted one, or a variety of it."""
    return best_match((code,), wanted) is not None
