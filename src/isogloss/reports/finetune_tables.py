"""Tables about a fine-tuning: its graded pairs, its hyper-parameters, the trials of its search."""

from collections.abc import Mapping
from typing import Any

from isogloss.reports.tables import Table
from isogloss.reports.wording import count, language, percent

_HYPER = (
    "batch_size",
    "epochs",
    "minutes",
    "learning_rate",
    "eps",
    "weight_decay",
    "warmup_share",
    "warmup_steps",
    "together",
    "languages_per_pair",
    "frozen_tokens",
    "frozen_lower_layers",
    "anchor_share",
    "anchor_weight",
    "seed",
)


def graded_table(account: Any) -> Table | None:
    """Rows per language, read and left out.

    Args:
        account: `data.sts` of `run.json`; `None` where there are no graded pairs.
    """
    if not isinstance(account, Mapping) or not account:
        return None
    keys = ("rows", "empty", "unsure", "disagreeing")
    rows = tuple(
        (language(tag), *(count(found.get(key) or 0) for key in keys))
        for tag, found in account.items()
    )
    return Table(("language", "rows", "empty", "unsure", "disagreeing"), rows)


def hyper_table(recipe: Mapping[str, Any]) -> Table | None:
    """The settings that decide a training; losses as they were summed.

    Args:
        recipe: `recipe` of `run.json`.
    """
    training = recipe.get("training")
    if not isinstance(training, Mapping):
        return None
    loss = training.get("loss") or {}
    summed = " + ".join(
        f"{weight:g} · {name}" for name, weight in loss.items() if weight and name != "temperature"
    )
    rows = [("crossings", str(recipe.get("crossings", ""))), ("loss", summed)]
    rows += [
        (name.replace("_", " "), f"{training[name]}")
        for name in _HYPER
        if training.get(name) is not None
    ]
    return Table(("setting", ""), tuple(row for row in rows if row[1]))


def search_lines(found: Mapping[str, Any]) -> list[str]:
    """What a search came to, a sentence each.

    Args:
        found: `search` of `run.json`.
    """
    best, leak = found["best"], found["leak"]
    interval = ""
    if best.get("low") is not None:
        interval = f" [{100 * best['low']:.2f}, {100 * best['high']:.2f}]"
    folds = found["settings"]["folds"]
    lines = [
        f"{found['finished']} trials of {folds} folds on {count(found['pairs'])} pairs, "
        f"{found['pruned']} more stopped early.",
        f"Winner: trial {best['trial']}, mean Spearman over folds {100 * best['value']:.2f}"
        f"{interval}.",
        f"Pairs that share a sentence stay in one fold ({count(leak['groups'])} groups). A random "
        f"split would have had {percent(leak['naive_share'])} of its held-out pairs share a "
        "sentence with training.",
    ]
    if "naive_score" in leak:
        lines.append(
            f"On such a split the winner scores {100 * leak['naive_score']:.2f} in place of "
            f"{100 * leak['grouped_score']:.2f}."
        )
    ranked = sorted(found["importance"].items(), key=lambda item: -item[1])
    if ranked:
        shares = ", ".join(f"{name.replace('_', ' ')} {percent(share)}" for name, share in ranked)
        lines.append(f"Share of the scores' variance that each setting explains: {shares}.")
    return lines


def trials_table(found: Mapping[str, Any]) -> Table | None:
    """Trials, the best first; those that were stopped have no value.

    Args:
        found: `search` of `run.json`.
    """
    trials = sorted(found["trials"], key=lambda trial: -(trial["value"] or 0.0))
    if not trials:
        return None
    names = list(trials[0]["params"])
    rows = tuple(
        (
            str(trial["trial"]),
            f"{100 * trial['value']:.2f}" if trial["value"] is not None else trial["state"],
            str(len(trial["folds"])),
            *(f"{trial['params'][name]:.3g}" for name in names),
        )
        for trial in trials
    )
    return Table(("trial", "score", "folds", *(name.replace("_", " ") for name in names)), rows)
