"""What `run.json` says of data, training and recipe, as tables for a report and a model card.

A table is `None` where the run says nothing of what it would show.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from isogloss.reports.run_facts import RunFacts, as_number
from isogloss.reports.tables import Table
from isogloss.reports.wording import (
    code,
    count,
    dropped,
    duration,
    language,
    pair_name,
    percent,
    place,
    size,
    without_paths,
)

_SHORT = 8
_TESTED = "in_test_tasks"
_HEADS = {"read": "read", "kept": "kept", "dev": "for dev", _TESTED: "with a test sentence"}


def data_table(facts: RunFacts) -> Table | None:
    """What was read, kept and dropped per file; of several files also the sums."""
    entries = facts.data
    if not entries:
        return None
    keys = ["read", "kept", "dev"]
    if any(entry.get(_TESTED) for entry in entries):
        keys.append(_TESTED)
    rows = [_data_row(entry, keys) for entry in entries]
    if len(entries) > 1:
        sums = {key: sum(as_number(entry.get(key)) or 0 for entry in entries) for key in keys}
        reasons: dict[str, int] = {}
        for entry in entries:
            for reason, number in (entry.get("dropped") or {}).items():
                reasons[reason] = reasons.get(reason, 0) + number
        rows.append(("all", *_data_row(sums | {"dropped": reasons}, keys)[1:]))
    heads = ("languages", "data", *(_HEADS[key] for key in keys), "dropped")
    return Table(heads, tuple(rows))


def tested_pairs(facts: RunFacts) -> int:
    """Training pairs that hold a sentence of a test set, over all files."""
    return int(sum(as_number(entry.get(_TESTED)) or 0 for entry in facts.data))


def _data_row(entry: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    pair = str(entry.get("languages", ""))
    names = pair_name(pair) if pair else ""
    where = code(place(str(entry["where"]))) if entry.get("where") else ""
    numbers = (as_number(entry.get(key)) for key in keys)
    counts = ("-" if number is None else count(number) for number in numbers)
    return names, where, *counts, dropped((entry.get("dropped") or {}).items())


def properties_table(facts: RunFacts) -> Table | None:
    """What a reader wants to know about a model first."""
    student = facts.section("student")

    def number(value: object) -> str | None:
        known = as_number(value)
        return None if known is None else count(known)

    properties = {
        "languages": ", ".join(f"{language(tag)} ({code(tag)})" for tag in facts.languages),
        "teacher": code(facts.teacher) if facts.teacher else None,
        "kind of student": facts.kind,
        "dimension": number(facts.dim),
        "longest input, tokens": number(facts.max_length),
        "vocabulary, tokens": number(student.get("tokens_after")),
        "parameters": number(student.get("parameters")),
        "pooling": facts.pooling,
        "embeddings of length 1": {None: None, True: "yes", False: "no"}[facts.normalizes],
    }
    rows = tuple((key, value) for key, value in properties.items() if value)
    return Table(("property", ""), rows) if rows else None


def trim_table(trim: RunFacts) -> Table:
    """Tokens, parameters and weights before and after a trim."""
    rows = []
    sizes = {"tokens": count, "parameters": count, "bytes": size}
    for name, write in sizes.items():
        before, after = (trim.number("report", f"{name}_{when}") for when in ("before", "after"))
        if before is not None and after is not None:
            rows.append(("weights" if name == "bytes" else name, write(before), write(after)))
    return Table(("", "before", "after"), tuple(rows))


def models_table(facts: RunFacts) -> Table | None:
    """What the labels of an evaluation stand for: name and fingerprint of every model, its prompts.

    Args:
        facts: the run.

    Returns:
        The table, prompts in a column of their own where there are any; `None` where the run names
        no models.
    """
    rows, models = [], facts.section("models")
    columns = ("label", "model", "fingerprint", "prompts")
    prompted = any(model.get("prompts") for model in models.values())
    for label, model in models.items():
        name, mark = model.get("name"), model.get("fingerprint")
        shown = code(place(str(name))) if name else ""
        prompts = (
            f"{use}: {code(json.dumps(text, ensure_ascii=False))}"
            for use, text in (model.get("prompts") or {}).items()
        )
        rows.append((label, shown, code(_short(str(mark))) if mark else "", "; ".join(prompts)))
    if not rows:
        return None
    most = 4 if prompted else 3
    return Table(columns[:most], tuple(row[:most] for row in rows))


def training_table(facts: RunFacts) -> Table | None:
    """How the student was trained, one fact per row."""
    training = facts.section("training")
    shown: list[tuple[str, str, Callable[[float], str]]] = [
        ("sentences seen", "sentences", count),
        ("steps", "steps", count),
        ("epochs", "epochs", lambda epochs: f"{epochs:.2f}"),
        ("time", "seconds", duration),
        ("sentences per second", "sentences_per_second", count),
        ("processes", "processes", count),
    ]
    rows = []
    for name, key, write in shown:
        number = as_number(training.get(key))
        if number is not None:
            rows.append((name, write(number)))
    for key in ("precision", "stopped"):
        if training.get(key):
            rows.append((key if key == "precision" else "stopped by", str(training[key])))
    if kept := kept_checkpoint(facts):
        rows.append(("checkpoint kept", kept))
    if training.get("resumed_from"):
        steps = ", ".join(count(step) for step in training["resumed_from"])
        rows.append(("resumed from step", steps))
    memory = as_number(facts.run.get("peak_memory_bytes"))
    if memory is not None:
        rows.append(("peak memory", size(memory)))
    return Table(("training", ""), tuple(rows)) if rows else None


def kept_checkpoint(facts: RunFacts) -> str:
    """Which checkpoint was kept and why: `step 1,100 (dev_fvu 0.291)`; `""` where it is unknown."""
    step = facts.number("training", "best_step")
    if step is None:
        return ""
    metric, value = (
        facts.section("training").get("best_metric"),
        facts.number("training", "best_value"),
    )
    why = f" ({metric} {value:.4g})" if metric and value is not None else ""
    return f"step {count(step)}{why}"


def student_table(facts: RunFacts) -> Table | None:
    """Size of the student, its vocabulary, and tokens per sentence of each language."""
    student = facts.section("student")
    names = {
        "parameters": "parameters",
        "tokens_before": "vocabulary before, tokens",
        "tokens_after": "vocabulary of the student, tokens",
        "new_tokens": "new tokens",
        "aligned_tokens": "of these, initialized by word alignment",
    }
    rows = [
        (name, count(number))
        for key, name in names.items()
        if (number := as_number(student.get(key))) is not None
    ]
    for tag, cut in (student.get("tokens_per_sentence") or {}).items():
        before, after = as_number(cut.get("teacher")), as_number(cut.get("student"))
        if before is not None and after is not None:
            name = f"tokens per sentence in {language(tag)}, before → after"
            rows.append((name, f"{before:.1f} → {after:.1f}"))
    unchanged = as_number(student.get("source_unchanged"))
    if unchanged is not None:
        rows.append((f"{facts.source_name} sentences cut as before", percent(unchanged)))
    return Table(("student", ""), tuple(rows)) if rows else None


def recipe_table(facts: RunFacts) -> Table | None:
    """The resolved recipe of student and training, one setting per row, without data and paths."""
    recipe = facts.section("recipe")
    chosen = {key: recipe[key] for key in ("student", "training") if recipe.get(key)}
    seed = facts.run.get("seed", recipe.get("seed"))
    if seed is not None:
        chosen["seed"] = seed
    rows = [(code(key), without_paths(str(value))) for key, value in _settings(chosen)]
    return Table(("setting", "value"), tuple(rows)) if rows else None


def _settings(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Settings in tables as one list with dotted keys; empty ones are left out."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{key}.")
        elif value is not None and value != "" and value != []:
            yield f"{prefix}{key}", value


def versions(facts: RunFacts) -> str:
    """Where the run ran and with what, in one line; `""` where it does not say."""
    environment = dict(facts.section("environment"))
    packages = environment.pop("packages", None) or {}
    named = {"isogloss": facts.run.get("isogloss"), **environment}
    named |= {name: version for name, version in packages.items() if name not in named}
    return " · ".join(
        f"{name} {without_paths(str(value))}" for name, value in named.items() if value
    )


def fingerprints(facts: RunFacts) -> str:
    """Short fingerprints of teacher, student and data, in one line; `""` where there are none."""
    named = [(name, facts.section(name).get("fingerprint")) for name in ("teacher", "student")]
    for entry in facts.data:
        named.append((place(str(entry.get("where", "data"))), entry.get("fingerprint")))
    return " · ".join(f"{name} {code(_short(str(mark)))}" for name, mark in named if mark)


def _short(fingerprint: str) -> str:
    return fingerprint.rpartition(":")[-1][:_SHORT]
