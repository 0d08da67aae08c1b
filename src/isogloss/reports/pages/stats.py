"""Tables of what corpora hold, from the JSON of `isogloss data stats`."""

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.reports.tables import Table
from isogloss.reports.wording import count

_SHARE = 0.001
"""Share of a side's texts from which a script is shown."""


def places_table(corpora: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each side of each corpus, and what is wrong below.

    Args:
        corpora: of `CorporaStatistics.as_json`.
    """
    rows, notes = [], []
    for corpus in corpora:
        for side in (corpus["source"], corpus["target"]):
            rows.append(
                (
                    corpus["where"],
                    side["language"],
                    count(corpus["pairs"]),
                    count(side["different_texts"]),
                    f"{side['median_length']} ({side['p95_length']})",
                    count(side["words"]),
                    count(side["different_words"]),
                    _scripts(side["scripts"]),
                )
            )
        notes += _notes(corpus)
    heads = ("corpus", "side", "pairs", "different", "characters", "words", "different words")
    legend = "characters: the median, and in brackets what 95% of the texts do not exceed"
    return Table((*heads, "scripts"), tuple(rows), (legend, *notes))


def _scripts(scripts: Mapping[str, int]) -> str:
    total = max(1, sum(scripts.values()))
    shown = [(name or "none", n / total) for name, n in scripts.items() if n / total >= _SHARE]
    return ", ".join(f"{name} {share:.1%}" for name, share in shown)


def _notes(corpus: Mapping[str, Any]) -> list[str]:
    """What a user should look at: rows that are equal, unreadable or tested."""
    counts = {
        "duplicates": corpus["duplicates"],
        "with equal sides": corpus["identical"],
        **{f"unreadable ({reason})": n for reason, n in corpus["unreadable"].items()},
        **{f"with a sentence of {name}": n for name, n in corpus["tested"].items()},
    }
    said = ", ".join(f"{count(n)} {what}" for what, n in counts.items() if n)
    return [f"{corpus['where']}: {said}"] if said else []


def coverage_table(coverage: Mapping[str, Any]) -> Table:
    """How much of a text the corpora show, and what they do not.

    Args:
        coverage: of `CorporaStatistics.as_json`.
    """
    missing = ", ".join(f"{word} ({n})" for word, n in coverage["missing"].items())
    rows = (
        ("compared with the side", coverage["language"]),
        ("words", f"{count(coverage['words'])}, {coverage['shown']:.1%} of them shown"),
        (
            "different words",
            f"{count(coverage['different_words'])}, {coverage['different_shown']:.1%} shown",
        ),
    )
    notes = [f"never shown: {missing}"] if missing else ["every word is shown"]
    notes += [
        f"{place} shows {count(n)} words that another of these corpora lacks"
        for place, n in coverage["shown_by"].items()
        if len(coverage["shown_by"]) > 1
    ]
    return Table(("", ""), rows, tuple(notes))


def proposals_table(proposals: Sequence[Mapping[str, Any]]) -> Table:
    """Corpora that could be added.

    Args:
        proposals: of `CorporaStatistics.as_json`.
    """
    rows = [
        (
            row["place"],
            row["domain"],
            "not fetched" if row["shows"] is None else count(row["shows"]),
        )
        for row in proposals
    ]
    return Table(("corpus", "domain", "of the missing words"), tuple(rows))
