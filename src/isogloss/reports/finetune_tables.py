"""Tables about a fine-tuning: its graded pairs, its hyper-parameters, the trials of its search."""

from collections.abc import Mapping
from typing import Any

from isogloss.reports.tables import Table
from isogloss.reports.wording import code, count, language, listed, percent, place
from isogloss.runs.parts import FinetuneDataRecord, GradedData, Search
from isogloss.runs.record import FinetuneRecord

_HYPER = (
    "epochs",
    "minutes",
    "learning_rate",
    "eps",
    "weight_decay",
    "max_gradient_norm",
    "warmup_share",
    "warmup_steps",
    "together",
    "languages_per_pair",
    "max_tokens",
    "frozen_tokens",
    "token_learning_rate",
    "frozen_lower_layers",
    "anchor_share",
    "anchor_weight",
    "seed",
)


def finetune_summary(record: FinetuneRecord) -> str:
    """A paragraph: which model learned what from how much."""
    data, recipe = record.data, record.recipe
    start = code(place(record.start.name))
    sentences = []
    if data.train_pairs:
        names = listed([language(tag) for tag in record.model_languages])
        crossed = {
            "all": "every pair of languages crossed",
            "pivot": f"each crossed with {language(record.pivot)}",
            "none": "each language alone",
        }[str(recipe.get("crossings", "all"))]
        alone = len(record.model_languages) < 2
        sentences.append(
            f"{start} learned the grades of {count(data.train_pairs)} sentence pairs in {names}"
            + ("." if alone else f", {crossed}.")
        )
    if data.triplets:
        files = listed([code(place(str(p).partition("=")[2])) for p in recipe.get("nli") or ()])
        of = f" of {files}" if files else ""
        sentences.append(f"{start} learned to rank {count(data.triplets)} triplets{of}.")
        if left_out := data.triplets_held_out:
            sentences.append(
                f"{count(left_out)} more were left out: they hold a sentence of the dev pairs."
            )
    if data.anchor_pairs:
        sentences.append(
            f"{count(data.anchor_pairs)} parallel pairs were held to their targets beside."
        )
    if data.dev_pairs:
        looked = min(data.dev_pairs, recipe.get("dev_pairs") or data.dev_pairs)
        sentences.append(
            f"{count(looked)} of {count(data.dev_pairs)} held-out pairs chose the weights by "
            "mean Spearman over all pairs of languages."
        )
        if seen := data.dev_pairs_seen_in_training:
            sentences.append(f"{count(seen)} of the latter share a sentence with training.")
    elif data.train_pairs:
        sentences.append("Everything was trained on; the last weights were kept.")
    return " ".join(sentences)


def graded_tables(data: FinetuneDataRecord) -> dict[str, Table]:
    """Files and rows of the graded pairs per language, read and left out, by heading."""
    dev = "Dev pairs" if data.dev_pairs else "Dev pairs, trained on too"
    accounts = {"Graded pairs": data.sts, dev: data.dev}
    return {heading: _graded(found) for heading, found in accounts.items() if found}


def _graded(account: Mapping[str, GradedData]) -> Table:
    rows = tuple(
        (
            language(tag),
            ", ".join(code(place(name)) for name in found.files),
            *map(count, (found.rows, found.empty, found.unsure, found.disagreeing or 0)),
        )
        for tag, found in account.items()
    )
    return Table(("language", "data", "rows", "empty", "unsure", "disagreeing"), rows)


def hyper_table(record: FinetuneRecord) -> Table | None:
    """The settings that decide a training, those that a search found; losses as summed."""
    recipe, search = record.recipe, record.search
    training = (search.training if search else None) or recipe.get("training")
    if not training:
        return None
    loss, quality = training.get("loss") or {}, recipe.get("quality") or {}
    summed = {name: weight for name, weight in loss.items() if weight and name != "temperature"}
    sizes = " or ".join(f"{n} {what}" for what, n in record.training.in_batch.items())
    rows = [
        ("crossings", recipe.get("crossings")),
        ("loss", " + ".join(f"{weight:g} · {name}" for name, weight in summed.items())),
        (
            "loss temperature",
            loss.get("temperature") if {"cosent", "angle"} & set(summed) else None,
        ),
        ("ranking temperature", training.get("ranking_temperature") if recipe.get("nli") else None),
        ("batch size", sizes or training.get("batch_size")),
        *((name.replace("_", " "), training.get(name)) for name in _HYPER),
        *((name.replace("_", " "), value or None) for name, value in quality.items()),
    ]
    shown = tuple((name, str(value)) for name, value in rows if value not in (None, ""))
    return Table(("setting", ""), shown)


def search_lines(found: Search) -> list[str]:
    """What a search came to, a sentence each."""
    best, leak, folds = found.best, found.leak, found.settings["folds"]
    lines = [
        f"{found.finished} trials of {folds} folds on {count(found.pairs or 0)} pairs, "
        f"{found.pruned} more stopped early.",
        f"Winner: trial {best['trial']}, mean Spearman over folds {_mean(best)}, the best of all.",
    ]
    if found.check:
        lines.append(_check_line(found.check))
    lines.append(
        f"Pairs that share a sentence stay in one fold ({count(leak['groups'])} groups). A random "
        f"split would have had {percent(leak['naive_share'])} of its held-out pairs share a "
        "sentence with training."
    )
    for trial in found.trials:
        if trial.get("reason"):
            lines.append(f"Trial {trial['trial']} has no score: {trial['reason']}.")
    ranked = sorted(found.importance.items(), key=lambda item: -item[1])
    if ranked:
        shares = ", ".join(f"{name.replace('_', ' ')} {percent(share)}" for name, share in ranked)
        lines.append(f"Share of the scores' variance that each setting explains: {shares}.")
    return lines


def _check_line(check: Mapping[str, Any]) -> str:
    """What the winner scores on new folds: an honest value, and one that a leak has helped."""
    line = (
        f"On new folds, which had no part in its choice, the winner scores "
        f"{_mean(check['grouped'])}; on random ones, which look at no sentence, "
        f"{_mean(check['naive'])}"
    )
    if check["difference"] is None:
        return f"{line}."
    return f"{line}, a difference of {100 * check['difference']:+.2f}."


def _mean(mean: Mapping[str, Any]) -> str:
    """A mean over folds with its interval: `83.00 [81.00, 85.00]`."""
    if mean["value"] is None:
        return "nothing: training diverged"
    interval = ""
    if mean.get("low") is not None:
        interval = f" [{100 * mean['low']:.2f}, {100 * mean['high']:.2f}]"
    return f"{100 * mean['value']:.2f}{interval}"


def trials_table(found: Search) -> Table | None:
    """Trials, the best first; those that were stopped have no value."""
    trials = sorted(found.trials, key=lambda trial: -(trial["value"] or 0.0))
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
