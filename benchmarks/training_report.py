"""The pages of `benchmarks/training.py`: what was measured, on which machine, how it compares."""

import argparse
import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SIDES = {
    "plain-fp32": "Sentence Transformers, fp32",
    "plain-bf16": "Sentence Transformers, bf16",
    "isogloss": "isogloss",
}
"""What is run, in this order, and what the table calls it."""

STAGES = ("targets", "tokens", "training")
GIB = 2**30

Figures = Mapping[str, Any]


def training_report(options: argparse.Namespace, found: Mapping[str, Figures]) -> str:
    """The page about a measurement of `measure_training`."""
    made = found["prepare"]
    sides = {name: found[name] for name in SIDES if name in found}
    pairs = options.sentences // 2
    return "\n".join(
        [
            "# Training: isogloss beside the documented recipe",
            "",
            *machine(made["environment"]),
            f"- Device: {made['device']}, {made['threads']} threads",
            f"- Data: {pairs:,} pairs sampled from `{place(options.pairs)}` (seed {options.seed},"
            f" fingerprint {made['pairs']}); {options.dev_pairs:,} held-out pairs for the loss",
            f"- Teacher: `{place(options.teacher)}`; student: a transplant of"
            f" {made['tokens']:,} tokens, {made['parameters'] / 1e6:.1f} M parameters",
            f"- Plain recipe: batches of 64 pairs, learning rate {options.plain_learning_rate:g}",
            "",
            *speed_table(sides, made["loss"]),
            "",
            *turns(sides),
            *quality_table(sides),
            *stage_table(sides),
            "",
            "Seconds from the pairs in memory to the end of training, targets included; loading"
            " models, making the transplant and looking at dev data are left out on every side."
            " Dev loss: ||S(x) - M(source)||², summed over dimensions, lower is better. What is"
            " compared, and how: the first lines of `benchmarks/training.py`.",
            "",
        ]
    )


def speed_table(sides: Mapping[str, Figures], untrained: Mapping[str, float]) -> list[str]:
    """Speed, loss and memory per side; the untrained student comes first."""
    bases = [name for name in ("plain-fp32", "plain-bf16") if name in sides]
    ratios = [f"× plain {name.removeprefix('plain-')}" for name in bases]
    header = ["", "sentences", "seconds", "sentences/s", *ratios]
    header += ["dev loss source", "dev loss target", "peak memory"]
    blank = [""] * (3 + len(bases))
    rows = [["untrained student", *blank, *losses(untrained), ""]]
    for name, figures in sides.items():
        label = SIDES[name]
        if name == "isogloss":
            label += f", {figures['precision']} (chosen)"
        row = [label, f"{figures['sentences']:,}", f"{sum(figures['seconds'].values()):.1f}"]
        row += [f"{speed(figures):.1f}"]
        row += [f"{speed(figures) / speed(sides[base]):.2f}" for base in bases]
        row += [*losses(figures["loss"]), f"{figures['peak_bytes'] / GIB:.2f} GiB"]
        rows.append(row)
    return table(header, rows)


def turns(sides: Mapping[str, Figures]) -> list[str]:
    """All runs of isogloss."""
    if "isogloss" not in sides:
        return []
    speeds = ", ".join(f"{value:.1f}" for value in sides["isogloss"]["speeds"])
    return [f"isogloss, run before, between and after the others, sentences/s: {speeds}.", ""]


def quality_table(sides: Mapping[str, Figures]) -> list[str]:
    """When isogloss first has the dev loss of the target that another side ends with."""
    bases = [name for name in ("plain-fp32", "plain-bf16") if name in sides]
    if "isogloss" not in sides or not bases:
        return []
    rows = []
    for name in bases:
        seconds, wanted = sum(sides[name]["seconds"].values()), sides[name]["loss"]["target"]
        reached = [at for at, loss in sides["isogloss"]["looks"] if loss <= wanted]
        ours = [f"{reached[0]:.1f}", f"{seconds / reached[0]:.1f}"] if reached else ["never", ""]
        rows.append([SIDES[name], f"{wanted:.4f}", f"{seconds:.1f}", *ours])
    header = ["time to quality", "dev loss target", "seconds", "isogloss, seconds", "×"]
    return [*table(header, rows), ""]


def stage_table(sides: Mapping[str, Figures]) -> list[str]:
    """Where the seconds went; the plain recipe tokenizes while it trains."""
    rows = [
        [SIDES[name], *(f"{side['seconds'].get(stage, 0.0):.1f}" for stage in STAGES)]
        for name, side in sides.items()
    ]
    return table(["seconds", *STAGES], rows)


def memory_report(options: argparse.Namespace, run: Figures) -> str:
    """The page about a measurement of `measure_memory`."""
    kept = sum(part["kept"] for part in run["data"])
    seconds = run["seconds"]
    row = [f"{kept:,}", f"{run['peak_memory_bytes'] / GIB:.2f} GiB"]
    row += [f"{seconds[stage]:.0f}" for stage in ("data", "targets", "student", "training")]
    header = ["pairs", "peak memory", "data s", "targets s", "student s", "training s"]
    return "\n".join(
        [
            "# Peak memory of `isogloss distill`",
            "",
            *machine(run["environment"]),
            f"- Data: all of `{place(options.pairs)}`; teacher: `{place(options.teacher)}`",
            "",
            *table(header, [row]),
            "",
            "Largest resident size of the process over the whole command: reading, targets,"
            " student, training, evaluation.",
            "",
        ]
    )


def machine(environment: Figures) -> list[str]:
    """Date, machine and versions, as list items; see `isogloss.runs.provenance.environment`."""
    versions = ", ".join(f"{name} {number}" for name, number in environment["packages"].items())
    return [
        f"- Date: {datetime.date.today().isoformat()}",
        f"- Machine: {processor()}, {environment['processors']} cores, {memory()}",
        f"- Versions: Python {environment['python']}, {versions}",
    ]


def processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory() -> str:
    """Memory of the machine."""
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:.0f} GiB"


def place(name: str) -> str:
    """A model's or corpus's name without the folders of this machine; a hub name stays whole."""
    languages, equals, where = name.rpartition("=")
    shown = [Path(part).name if Path(part).exists() else part for part in where.split(",")]
    return f"{languages}{equals}{','.join(shown)}"


def speed(figures: Figures) -> float:
    """Sentences per second, end to end."""
    return float(figures["sentences"] / sum(figures["seconds"].values()))


def losses(loss: Mapping[str, float]) -> list[str]:
    """Source and target, as the table shows them."""
    return [f"{loss['source']:.4f}", f"{loss['target']:.4f}"]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; numbers stand right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]
