"""The page about an export: the forms of a model, how near they are to it, how fast."""

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots
from isogloss.reports.pages.page import Page, Section
from isogloss.reports.results import result_sections
from isogloss.reports.run_facts import RunFacts, as_number
from isogloss.reports.run_tables import versions
from isogloss.reports.tables import Table
from isogloss.reports.wording import code, duration, language, listed, size

EXPORT = "export"
"""The `command` in `run.json` of an export."""

_FIDELITY = (
    "Cosine of each sentence's vector with the model's own in float32: mean and first percentile, "
    "read alone, and read in batches of all languages in which a long sentence pads the others. "
    "The last column compares the two ways of reading: 1.0000 means that neighbors do not matter."
)


def export_page(
    run: Mapping[str, Any], scores: Mapping[str, Sequence[Score]], plots: Plots = NO_PLOTS
) -> Page:
    """The page about an export.

    Args:
        run: the content of `run.json`.
        scores: scores per form of the model.
        plots: not used.

    Returns:
        A page that names no folder of this machine.
    """
    facts = RunFacts(run)
    export = facts.section("export")
    attempts = export.get("attempts") or []
    spent = as_number(facts.section("seconds").get("all"))
    sections = [
        Section(above="Notes:", items=facts.notes),
        Section("Forms", table=_forms(attempts)),
        Section("Against the model", text=[_FIDELITY], table=_fidelity(attempts)),
        Section("Speed", text=[_measured(export)], table=_speed(export.get("speed") or {})),
        *result_sections(dict(scores), every=True),
    ]
    return Page(
        title="Export",
        sections=[part for part in sections if part.items or part.table or part.scores],
        facts=_facts(facts, export),
        origin=[versions(facts), *([f"it took {duration(spent)}"] if spent is not None else [])],
        scores=scores,
    )


def _facts(facts: RunFacts, export: Mapping[str, Any]) -> dict[str, str]:
    named = {
        "format": str(export.get("format") or ""),
        "quantized": str(export.get("quantize") or ""),
        "fingerprint of the model": code(str((export.get("model") or {}).get("fingerprint"))),
        "languages": listed([language(tag) for tag in export.get("languages") or []]),
        "measured on": str(export.get("texts") or ""),
        "processor": ", ".join(map(str, export.get("processor") or [])),
        "finished": facts.finished,
        "isogloss": str(facts.run.get("isogloss") or ""),
    }
    return {name: text for name, text in named.items() if text}


def _forms(attempts: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        (
            str(each.get("name")),
            size(int(each.get("bytes") or 0)),
            code(str(each["file"])) if each.get("file") else "not kept",
            "; ".join(each.get("refused") or []) or "good",
        )
        for each in attempts
    ]
    return Table(("form", "size", "file", "verdict"), tuple(rows)) if rows else None


def _fidelity(attempts: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        (
            str(each.get("name")),
            language(str(row.get("language"))),
            f"{row.get('sentences'):,}",
            f"{row['mean']:.4f}, {row['low']:.4f}",
            f"{row['mixed_mean']:.4f}, {row['mixed_low']:.4f}",
            f"{row['alone_mixed']:.4f}",
        )
        for each in attempts
        for row in each.get("fidelity") or []
    ]
    heads = ("form", "language", "sentences", "alone", "mixed batch", "alone with mixed")
    return Table(heads, tuple(rows)) if rows else None


def _measured(export: Mapping[str, Any]) -> str:
    speed = export.get("speed") or {}
    return (
        f"{speed.get('sentences', 0):,} sentences, the best of several turns; threads of each: "
        f"{speed.get('threads', 0)}. Compare the ratios: another machine has other rates."
    )


def _speed(speed: Mapping[str, Any]) -> Table | None:
    rates = {str(name): float(rate) for name, rate in (speed.get("rates") or {}).items()}
    if not rates:
        return None
    first = next(iter(rates.values()))
    rows = [(name, f"{rate:,.0f}", f"{rate / first:.2f}") for name, rate in rates.items()]
    return Table(("form", "sentences/s", f"against {next(iter(rates))}"), tuple(rows))
