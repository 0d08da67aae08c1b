"""What a record says of data, training and recipe, as tables for a report and a model card.

A table is `None` where the record says nothing of what it would show.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from isogloss.reports.models import model_code
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
from isogloss.runs.descriptions import ModelDescription, RunRecord
from isogloss.runs.parts import PairsData, Training, TrimReport
from isogloss.runs.record import DistillRecord, TrainingRecord

_SHORT = 8
_TESTED = "in_test_tasks"
_SHARE, _DRAWN = "share", "drawn"
_HEADS = {"read": "read", "kept": "kept", "dev": "for dev", _TESTED: "with a test sentence"}


def data_table(parts: Sequence[PairsData]) -> Table | None:
    """What was read, kept and dropped per file; of several files also the sums."""
    if not parts:
        return None
    heads: dict[str, tuple[str, Callable[[Any], str]]] = {
        key: (name, count) for key, name in _HEADS.items()
    }
    if not any(part.in_test_tasks for part in parts):
        del heads[_TESTED]
    if all(part.dev is None for part in parts):  # dictionaries: nothing is held out of them
        del heads["dev"]
    if any(part.drawn is not None for part in parts):
        heads[_DRAWN] = ("drawn", count)
    if any(part.share is not None for part in parts):
        heads[_SHARE] = ("share of an epoch", lambda share: percent(min(1.0, round(share, 3))))
    rows = [
        (
            pair_name(part.languages) if part.languages else "",
            code(place(part.where)) if part.where else "",
            *("-" if (n := getattr(part, key)) is None else heads[key][1](n) for key in heads),
            dropped(part.dropped.items()),
        )
        for part in parts
    ]
    if len(parts) > 1:
        sums = (
            write(sum(getattr(part, key) or 0 for part in parts))
            for key, (_, write) in heads.items()
        )
        reasons: Counter[str] = Counter()
        for part in parts:
            reasons.update(part.dropped)
        rows.append(("all", "", *sums, dropped(reasons.items())))
    names = (name for name, _ in heads.values())
    return Table(("languages", "data", *names, "dropped"), tuple(rows))


def tested_pairs(parts: Sequence[PairsData]) -> int:
    """Training pairs that hold a sentence of a test set, over all files."""
    return sum(part.in_test_tasks or 0 for part in parts)


def properties_table(record: DistillRecord) -> Table | None:
    """What a reader wants to know about a model first."""
    student = record.student

    def number(value: int | None) -> str | None:
        return None if value is None else count(value)

    properties = {
        "languages": ", ".join(f"{language(tag)} ({code(tag)})" for tag in record.model_languages),
        "teacher": model_code(record.teacher),
        "kind of student": student.kind,
        "dimension": number(student.dim),
        "longest input, tokens": number(student.max_length),
        "vocabulary, tokens": number(student.tokens_after),
        "parameters": number(student.parameters),
        "pooling": student.pooling_name,
        "embeddings of length 1": {None: None, True: "yes", False: "no"}[student.normalizes],
    }
    rows = tuple((key, value) for key, value in properties.items() if value)
    return Table(("property", ""), rows) if rows else None


def trim_table(report: TrimReport | None) -> Table:
    """Tokens, parameters and weights before and after a trim."""
    if report is None:
        return Table(("", "before", "after"), ())
    rows = (
        ("tokens", count(report.tokens_before), count(report.tokens_after)),
        ("parameters", count(report.parameters_before), count(report.parameters_after)),
        ("weights", size(report.bytes_before), size(report.bytes_after)),
    )
    return Table(("", "before", "after"), rows)


def models_table(models: Mapping[str, ModelDescription]) -> Table | None:
    """What the labels of an evaluation stand for: name and fingerprint of every model, its prompts.

    Args:
        models: the models by label.

    Returns:
        The table, prompts in a column of their own where there are any; `None` without models.
    """
    if not models:
        return None
    columns = ("label", "model", "fingerprint", "prompts")
    most = 4 if any(model.prompts for model in models.values()) else 3
    rows = []
    for label, model in models.items():
        prompts = (
            f"{use}: {code(json.dumps(text, ensure_ascii=False))}"
            for use, text in model.prompts.items()
        )
        shown = code(place(model.name)) if model.name else ""
        rows.append((label, shown, _short(model.fingerprint), "; ".join(prompts)))
    return Table(columns[:most], tuple(row[:most] for row in rows))


def training_table(record: TrainingRecord) -> Table | None:
    """How the student was trained, one fact per row."""
    training = record.training
    shown: list[tuple[str, float | None, Callable[[float], str]]] = [
        ("sentences seen", training.sentences, count),
        ("steps", training.steps, count),
        ("epochs", training.epochs, lambda epochs: f"{epochs:.2f}"),
        ("time", training.seconds, duration),
        ("sentences per second", training.sentences_per_second, count),
        ("processes", training.processes, count),
    ]
    steps = ", ".join(map(count, training.resumed_from))
    memory = record.peak_memory_bytes
    rows = [
        *((name, write(number)) for name, number, write in shown if number is not None),
        ("precision", training.precision),
        ("stopped by", training.stopped),
        ("checkpoint kept", kept_checkpoint(training)),
        ("resumed from step", steps),
        ("peak memory", "" if memory is None else size(memory)),
    ]
    rows = [row for row in rows if row[1]]
    return Table(("training", ""), tuple(rows)) if rows else None


def kept_checkpoint(training: Training) -> str:
    """Which checkpoint was kept and why: `step 1,100 (dev_fvu 0.291)`; `""` where it is unknown."""
    if training.best_step is None:
        return ""
    metric, value = training.best_metric, training.best_value
    why = f" ({metric} {value:.4g})" if metric and value is not None else ""
    return f"step {count(training.best_step)}{why}"


def student_table(record: DistillRecord) -> Table | None:
    """Size of the student, its vocabulary, and tokens per sentence of each language."""
    student = record.student
    numbers = {
        "parameters": student.parameters,
        "vocabulary before, tokens": student.tokens_before,
        "vocabulary of the student, tokens": student.tokens_after,
        "new tokens": student.new_tokens,
        "of these, initialized by word alignment": student.aligned_tokens,
        "old tokens initialized so, which the source hardly uses": student.restarted_tokens,
    }
    rows = [(name, count(number)) for name, number in numbers.items() if number is not None]
    for tag, cut in student.tokens_per_sentence.items():
        if {"teacher", "student"} <= cut.keys():
            name = f"tokens per sentence in {language(tag)}, before → after"
            rows.append((name, f"{cut['teacher']:.1f} → {cut['student']:.1f}"))
    if student.source_unchanged is not None:
        name = f"{source_name(record)} sentences cut as before"
        rows.append((name, percent(student.source_unchanged)))
    return Table(("student", ""), tuple(rows)) if rows else None


def source_name(record: DistillRecord) -> str:
    """English name of the language that the teacher knows."""
    return language(record.source_language) if record.source_language else "Source"


def recipe_table(record: DistillRecord) -> Table | None:
    """The resolved recipe of student and training, one setting per row, without data and paths."""
    recipe = record.recipe
    chosen = {key: recipe[key] for key in ("student", "training") if recipe.get(key)}
    if record.seed is not None:
        chosen["seed"] = record.seed
    rows = [(code(key), without_paths(str(value))) for key, value in _settings(chosen)]
    return Table(("setting", "value"), tuple(rows)) if rows else None


def _settings(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Settings in tables as one list with dotted keys; empty ones are left out."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{key}.")
        elif value is not None and value != "" and value != []:
            yield f"{prefix}{key}", value


def finished(record: RunRecord) -> dict[str, str]:
    """When a run ended, such as `2026-11-21 16:39 UTC`, and with which version; what it says."""
    try:
        moment = datetime.fromisoformat(record.finished)
    except ValueError:
        return {"isogloss": record.isogloss}
    zone = f" {moment.tzname()}" if moment.tzname() else ""
    return {"finished": f"{moment:%Y-%m-%d %H:%M}{zone}", "isogloss": record.isogloss}


def took(record: RunRecord) -> str:
    """How long a run took; `""` where it does not say."""
    spent = record.seconds.get("all")
    return "" if spent is None else f"it took {duration(spent)}"


def versions(record: RunRecord) -> str:
    """Where the run ran and with what, in one line; `""` where it does not say."""
    environment = record.environment.model_dump()
    packages = environment.pop("packages")
    named = {"isogloss": record.isogloss, **environment}
    named |= {name: version for name, version in packages.items() if name not in named}
    return " · ".join(
        f"{name} {without_paths(str(value))}" for name, value in named.items() if value
    )


def fingerprints(record: DistillRecord) -> str:
    """Short fingerprints of teacher, student and data, in one line; `""` where there are none."""
    named = [
        ("teacher", record.teacher.fingerprint if record.teacher else ""),
        ("student", record.student.fingerprint),
        *((place(part.where) or "data", part.fingerprint) for part in record.data),
    ]
    return " · ".join(f"{name} {_short(mark)}" for name, mark in named if mark)


def _short(fingerprint: str) -> str:
    """The beginning of a fingerprint as code; `""` without one."""
    return code(fingerprint.rpartition(":")[-1][:_SHORT]) if fingerprint else ""
