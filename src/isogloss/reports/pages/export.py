"""The page about an export: the forms of a model, how near they are to it, how fast."""

from collections.abc import Mapping, Sequence

from isogloss.metrics.score import Score
from isogloss.reports.pages.page import Page, Section
from isogloss.reports.results import result_sections
from isogloss.reports.run_tables import finished, took, versions
from isogloss.reports.tables import Table
from isogloss.reports.wording import code, language, listed, size, without_paths
from isogloss.runs.exports import Attempt, ExportFacts, Speed
from isogloss.runs.record import ExportRecord

_FIDELITY = (
    "Cosine of each sentence's vector with the model's own in float32: mean and first percentile, "
    "read alone, and read in batches of all languages in which a long sentence pads the others. "
    "The last column compares the two ways of reading: 1.0000 means that neighbors do not matter."
)


def export_page(record: ExportRecord, scores: Mapping[str, Sequence[Score]]) -> Page:
    """The page about an export.

    Args:
        record: the record of the run.
        scores: scores per form of the model.

    Returns:
        A page that names no folder of this machine.
    """
    export = record.export
    sections = [
        Section(above="Notes:", items=[without_paths(note) for note in record.notes]),
        Section("Forms", table=_forms(export.attempts)),
        Section("Against the model", text=[_FIDELITY], table=_fidelity(export.attempts)),
        Section("Speed", text=[_measured(export.speed)], table=_speed(export.speed)),
        *result_sections(dict(scores), every=True),
    ]
    return Page(
        title="Export",
        sections=[part for part in sections if part.items or part.table or part.scores],
        facts=_facts(record, export),
        origin=list(filter(None, [versions(record), took(record)])),
        scores=scores,
    )


def _facts(record: ExportRecord, export: ExportFacts) -> dict[str, str]:
    named = {
        "format": export.format,
        "quantized": export.quantize,
        "fingerprint of the model": code(export.model.fingerprint),
        "languages": listed([language(tag) for tag in export.languages]),
        "measured on": export.texts,
        "processor": ", ".join(export.processor),
        **finished(record),
    }
    return {name: text for name, text in named.items() if text}


def _forms(attempts: Sequence[Attempt]) -> Table | None:
    rows = [
        (
            each.name,
            size(each.bytes),
            code(each.file) if each.file else "not kept",
            "; ".join(each.refused) or "good",
        )
        for each in attempts
    ]
    return Table(("form", "size", "file", "verdict"), tuple(rows)) if rows else None


def _fidelity(attempts: Sequence[Attempt]) -> Table | None:
    rows = [
        (
            each.name,
            language(row.language),
            f"{row.sentences:,}",
            f"{row.mean:.4f}, {row.low:.4f}",
            f"{row.mixed_mean:.4f}, {row.mixed_low:.4f}",
            f"{row.alone_mixed:.4f}",
        )
        for each in attempts
        for row in each.fidelity
    ]
    heads = ("form", "language", "sentences", "alone", "mixed batch", "alone with mixed")
    return Table(heads, tuple(rows)) if rows else None


def _measured(speed: Speed) -> str:
    return (
        f"{speed.sentences:,} sentences, the best of several turns; threads of each: "
        f"{speed.threads}. Compare the ratios: another machine has other rates."
    )


def _speed(speed: Speed) -> Table | None:
    if not speed.rates:
        return None
    name, first = next(iter(speed.rates.items()))
    rows = [(form, f"{rate:,.0f}", f"{rate / first:.2f}") for form, rate in speed.rates.items()]
    return Table(("form", "sentences/s", f"against {name}"), tuple(rows))
