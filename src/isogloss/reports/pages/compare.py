"""Two models side by side, for people: a table of differences and what could not be compared."""

from collections.abc import Mapping
from typing import Any

from isogloss.reports.pages.page import Page, Section
from isogloss.reports.tables import LOWER_IS_BETTER, Table, scale

_COLUMNS = (
    "task",
    "languages",
    "data",
    "metric",
    "n",
    "A",
    "B",
    "B - A [95%]",
    "p",
    "real",
)


def comparison_table(content: Mapping[str, Any]) -> Table:
    """The content of `compare.json` as a table.

    Args:
        content: see `isogloss.recipes.evaluate.compare.Comparison.to_dict`.

    Returns:
        One row per task and metric, times 100 but for FVU and norm ratio; notes say which models A
        and B are, why a row has no difference, and what was not compared.
    """
    rows, notes = [], [f"A: {_name(content['a'])}   B: {_name(content['b'])}"]
    for row in content["compared"]:
        arrow = " ↓" if row["metric"] in LOWER_IS_BETTER else ""
        rows.append(
            (
                row["task"],
                row["languages"],
                row["data"],
                row["metric"] + arrow,
                f"{row['n']:,}",
                _number(row["a"], row["metric"]),
                _number(row["b"], row["metric"]),
                _difference(row),
                "-" if row["p_value"] is None else f"{row['p_value']:.3f}",
                "-" if row["difference"] is None else "yes" if row["real"] else "no",
            )
        )
        if row["reason"]:
            notes.append(f"{_place(row)} {row['metric']}: no difference, {row['reason']}")
    for row in content["unpaired"]:
        notes.append(f"not compared: {_place(row)} {', '.join(row['metrics'])}: {row['reason']}")
    return Table(_COLUMNS, tuple(rows), tuple(notes))


def comparison_page(content: Mapping[str, Any]) -> str:
    """The content of `compare.json` as a Markdown page."""
    meaning = (
        "Values are times 100, FVU and norm ratio plain. ↓: lower is better. Both models saw the"
        f" same {content['draws']:,} bootstrap samples of the items (seed {content['seed']});"
        " `real`: the 95% interval of the difference excludes 0. Of twenty differences between"
        " equal models, one is `real` by chance."
    )
    return Page("Comparison", [Section(text=[meaning], table=comparison_table(content))]).markdown()


def _name(side: Mapping[str, str]) -> str:
    return f"{side['run']} ({side['model']})"


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['task']} {row['languages']} ({row['data']})"


def _number(value: float | None, metric: str) -> str:
    if value is None:
        return "-"
    factor, digits = scale(metric)
    return f"{value * factor:.{digits}f}"


def _difference(row: Mapping[str, Any]) -> str:
    if row["difference"] is None:
        return "-"
    factor, digits = scale(row["metric"])
    text = f"{row['difference'] * factor:+.{digits}f}"
    if row["low"] is None:
        return text
    return f"{text} [{row['low'] * factor:+.{digits}f}, {row['high'] * factor:+.{digits}f}]"
