"""Compare two runs: the same items under both models, a paired test for every score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.errors import InputError, MissingFileError
from isogloss.metrics.correlation import Statistic
from isogloss.metrics.intervals import DRAWS, SEED
from isogloss.metrics.paired import Difference, paired_difference
from isogloss.paths import given_name, given_path
from isogloss.reports.pages.compare import comparison_page
from isogloss.runs.files import SCORES_FILE, read_scores
from isogloss.runs.items import Items, read_items
from isogloss.writing import json_text, write_whole

LAST = ("trained", "after")
"""The model of a distillation or a fine-tuning that is meant where none is named."""


@dataclass(frozen=True)
class Side:
    """One of the two: a run and one of its models.

    Args:
        run: name of the run's folder, for people.
        model: label of the model.
    """

    run: str
    model: str


@dataclass(frozen=True)
class Compared:
    """One metric of one task under both models.

    Args:
        task: kind of task.
        languages: language pair.
        data: name of the data.
        metric: name of the metric.
        n: number of items.
        result: values, difference, interval, p-values.
    """

    task: str
    languages: str
    data: str
    metric: str
    n: int
    result: Difference

    def to_dict(self) -> dict[str, Any]:
        """The row as written to `compare.json`; `real` says whether the interval excludes 0."""
        row = asdict(self)
        result = row.pop("result")
        return row | result | {"real": self.result.real}


class Unpaired(NamedTuple):
    """Scores that could not be compared."""

    task: str
    languages: str
    data: str
    metrics: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Two models side by side.

    Args:
        a: the first.
        b: the second; differences are B - A.
        compared: the scores of tasks that both have.
        unpaired: what only one has, or what cannot be tested; nothing is left out in silence.
        draws: bootstrap samples.
        seed: seed of the bootstrap.
    """

    a: Side
    b: Side
    compared: Sequence[Compared]
    unpaired: Sequence[Unpaired]
    draws: int = DRAWS
    seed: int = SEED

    def to_dict(self) -> dict[str, Any]:
        """The content of `compare.json`."""
        return {
            "a": asdict(self.a),
            "b": asdict(self.b),
            "draws": self.draws,
            "seed": self.seed,
            "compared": [row.to_dict() for row in self.compared],
            "unpaired": [row._asdict() for row in self.unpaired],
        }


def compare(a: Path | str, b: Path | str, *, draws: int = DRAWS, seed: int = SEED) -> Comparison:
    """Compare two runs on the tasks that both were scored on.

    Args:
        a: folder of an evaluation or a distillation; `FOLDER:LABEL` chooses one of its models. The
            default is the only one, or what a run ended with (`trained`, `after`).
        b: likewise; may be the same folder with another label.
        draws: bootstrap samples.
        seed: seed of the bootstrap; both models see the same draws.

    Returns:
        Values, differences with 95% intervals, p-values.

    Raises:
        MissingFileError: a folder does not exist or holds no items.
        DataFormatError: its items cannot be read.
        InputError: a label is unknown or missing, or the runs share no task.
    """
    one, other = _load(given_name(a)), _load(given_name(b))
    matched = [key for key in one.items if key in other.items]
    if not matched:
        raise InputError(
            f"{a} and {b} share no task ({_tasks(one)} | {_tasks(other)}); expected the same data"
            " in both; evaluate both models on the same --task"
        )
    compared = [_compared(one.items[key], other.items[key], draws, seed) for key in matched]
    lone = [
        *_lone(one, other, "A", "B"),
        *_lone(other, one, "B", "A"),
        *_untested(one, other),
    ]
    return Comparison(one.side, other.side, compared, lone, draws, seed)


def write_comparison(comparison: Comparison, out: Path | str | None) -> None:
    """Write `compare.json` and `compare.md`, each whole or not at all.

    Args:
        comparison: what to write.
        out: folder, made where it is missing; `None` writes nothing.

    Raises:
        OutputFolderError: it cannot be written.
    """
    if out is None:
        return
    out, content = given_path(out), comparison.to_dict()
    text = json_text(content) + "\n"
    write_whole(out / "compare.json", text)
    write_whole(out / "compare.md", comparison_page(content))


class _Key(NamedTuple):
    task: str
    languages: str
    fingerprint: str
    metric: str
    how: str


@dataclass(frozen=True)
class _Run:
    side: Side
    items: Mapping[_Key, Items]
    scored: frozenset[tuple[str, str, str, str]]
    """Task, languages, data, metric of every score, with items or without."""


def _load(text: str) -> _Run:
    folder, label = _folder_and_label(text)
    found = read_items(folder)
    labels = list(dict.fromkeys(one.model for one in found))
    if not label:
        known = [name for name in LAST if name in labels]
        label = (known or labels)[0] if known or len(labels) == 1 else LAST[0]
    if label not in labels:
        raise InputError(
            f"{text} holds the models {', '.join(labels) or '(none)'}; expected one of them;"
            f" choose one as {folder}:LABEL"
        )
    items: dict[_Key, Items] = {}
    for one in found:
        if one.model == label:
            key = _Key(one.task, one.languages, one.fingerprint, one.metric, one.how)
            items.setdefault(key, one)
    name = folder.resolve().name
    return _Run(Side(name, label), items, _scored(folder, label))


def _folder_and_label(text: str) -> tuple[Path, str]:
    whole = given_path(text)
    if whole.is_dir():
        return whole, ""
    before, colon, label = text.rpartition(":")
    folder = given_path(before)
    if colon and label and folder.is_dir():
        return folder, label
    raise MissingFileError(
        f"{text} is no folder; expected what `evaluate --out` or `distill` left behind, or"
        f" FOLDER:LABEL; check the path (current folder: {Path.cwd()})"
    )


def _scored(folder: Path, label: str) -> frozenset[tuple[str, str, str, str]]:
    if not (folder / SCORES_FILE).is_file():
        return frozenset()
    scores = read_scores(folder)
    rows = scores.get(label) or (next(iter(scores.values())) if len(scores) == 1 else [])
    return frozenset((row.task, row.languages, row.data, row.metric) for row in rows)


def _compared(a: Items, b: Items, draws: int, seed: int) -> Compared:
    statistic: Statistic = "pearson" if a.metric.startswith("pearson") else "spearman"
    result = paired_difference(
        a.item_values(), b.item_values(), statistic=statistic, draws=draws, seed=seed
    )
    return Compared(a.task, a.languages, a.data, a.metric, len(a), result)


def _lone(run: _Run, other: _Run, name: str, other_name: str) -> list[Unpaired]:
    """Tasks for which only one run has items, and why."""
    rows = []
    for key, one in run.items.items():
        if key in other.items:
            continue
        alike = [k for k in other.items if _bare(k) == _bare(key)]
        if any(k.fingerprint == key.fingerprint for k in alike):
            theirs = next(k.how for k in alike if k.fingerprint == key.fingerprint)
            reason = (
                f"computed as {key.how or 'usual'} in {name}, {theirs or 'usual'} in {other_name}"
            )
        elif alike:
            reason = f"in {name}; {other_name} has other data of this task"
        else:
            reason = f"only in {name}"
        rows.append((one.task, one.languages, one.data, one.metric, reason))
    return _grouped(rows)


def _bare(key: _Key) -> _Key:
    return key._replace(fingerprint="", how="")


def _untested(one: _Run, other: _Run) -> list[Unpaired]:
    """Scores that keep no values per item, in either run."""
    tested = {
        (i.task, i.languages, i.data, i.metric) for r in (one, other) for i in r.items.values()
    }
    rows = sorted((one.scored | other.scored) - tested)
    return _grouped((*row, "no values per item, so no paired test") for row in rows)


def _grouped(rows: Iterable[tuple[str, str, str, str, str]]) -> list[Unpaired]:
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for task, languages, data, metric, reason in rows:
        groups.setdefault((task, languages, data, reason), []).append(metric)
    return [
        Unpaired(task, languages, data, tuple(metrics), reason)
        for (task, languages, data, reason), metrics in groups.items()
    ]


def _tasks(run: _Run) -> str:
    names = dict.fromkeys(f"{i.task} {i.languages} ({i.data})" for i in run.items.values())
    return ", ".join(names) or "none"
