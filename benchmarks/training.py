"""How fast isogloss trains a student, beside the recipe that Sentence Transformers documents.

Against whom: its example script `make_multilingual.py`. The teacher encodes the English column in
batches of 64 into a `label` column; `SentenceTransformerTrainer` with `MSELoss` takes batches of 64
random pairs, at most 128 tokens, at a learning rate of 2e-5 with warm-up over 0.1 of the steps. The
script asks for fp16, which is for GPUs: here it runs in fp32, and with `bf16=True`.

The same for all: machine, teacher, pairs, the untrained student (a transplant, made once) and, to
the nearest batch, the number of sentences trained on. A sentence counts each time it goes through
the student with a loss, source or target. The plain recipe takes both sides of every pair once;
isogloss takes fewer source sentences (`source_share`), so it passes over the targets more than
once. Everything else is what each side does by default; at few sentences that includes a warm-up
of isogloss (`warmup_steps`) that is longer than the run.

isogloss takes a minute where the others take ten, so it is run before, between and after them, each
time on an empty store: the table has the run of median speed, the line under it all of them.

Timed: from the pairs in memory to the end of training, targets included. Not timed: imports,
loading models, making the transplant, looking at dev data. Every side is a process of its own, and
so is its peak memory. The dev loss is ||S(x) - M(source)||^2, summed over dimensions, averaged over
held-out pairs; isogloss chooses its checkpoint by others. Time to quality: when isogloss, on the
way through the same run, first has the dev loss that the plain recipe ends with.

How to run, on a machine that does nothing else:

    python benchmarks/training.py --pairs en-de=corpus.tsv.gz
    python benchmarks/training.py --pairs en-de=corpus.tsv.gz --memory-only

The second command measures the peak memory of `isogloss distill` on all pairs of the file; it
embeds into a target store of its own, or into that of `ISOGLOSS_CACHE`.
"""

import argparse
import datetime
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# No heavy import: on Linux the peak memory of a process is never below that of its parent.
from training_report import SIDES, Figures, memory_report, speed, training_report

logger = logging.getLogger("training")

HERE = Path(__file__).parent
START = f"import sys; sys.path.insert(0, {str(HERE)!r}); import training_sides as s; s.main()"
OUR_START = f"from isogloss.allocator import keep_memory; keep_memory(); {START}"
"""How a side begins: the command `isogloss` settles memory before torch is loaded."""


def main() -> None:
    """Measure, and write the report."""
    options = parse_options()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    today = datetime.date.today().isoformat()
    with tempfile.TemporaryDirectory(prefix="isogloss-benchmark-") as name:
        work = Path(name)
        if options.memory_only:
            out = options.out or HERE / "results" / f"memory-{today}.md"
            report = memory_report(options, measure_memory(options, work))
        else:
            out = options.out or HERE / "results" / f"training-{today}.md"
            report = training_report(options, measure_training(options, work))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(report, encoding="utf-8", newline="\n")
    sys.stdout.write(report)
    logger.info("written to %s", out)


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--pairs", required=True, help="parallel sentences, LANGS=WHERE")
    add("--teacher", default="sentence-transformers/all-MiniLM-L6-v2", help="folder or hub name")
    add("--sentences", type=int, default=24_000, help="sentences each side trains on, at least 2")
    add("--dev-pairs", type=int, default=500, help="held-out pairs that the dev loss is taken on")
    add("--plain-learning-rate", type=float, default=2e-5, help="peak, of the plain recipe")
    add("--sides", nargs="+", choices=SIDES, default=list(SIDES), help="what to run")
    add("--seed", type=int, default=0, help="of the sample and of every order")
    add("--memory-only", action="store_true", help="peak memory of isogloss distill on all pairs")
    add("--minutes", type=float, default=0.5, help="of training, with --memory-only")
    add("--out", type=Path, help="the report; benchmarks/results/KIND-DATE.md if not given")
    options = parser.parse_args()
    if options.sentences < 2 or options.dev_pairs < 1:
        parser.error("--sentences must be at least 2 and --dev-pairs at least 1")
    return options


def measure_training(options: argparse.Namespace, work: Path) -> dict[str, Figures]:
    """Run `prepare` and the sides one after the other, each in a fresh process.

    Args:
        options: see `parse_options`.
        work: an empty folder.

    Returns:
        Name of the side to its figures.
    """
    settings = {
        name: getattr(options, name)
        for name in ("pairs", "teacher", "sentences", "dev_pairs", "plain_learning_rate", "seed")
    }
    (work / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    found = {"prepare": run_side("prepare", work)}
    ours: list[Figures] = []
    for name in in_turn(options.sides):
        figures = run_side(name, work)
        if name == "isogloss":
            ours.append(figures)
        else:
            found[name] = figures
    if ours:
        ours.sort(key=speed)
        found["isogloss"] = {**ours[len(ours) // 2], "speeds": [speed(run) for run in ours]}
    return found


def in_turn(sides: Sequence[str]) -> list[str]:
    """The sides in the order they are run: isogloss before and after every other."""
    others = [name for name in SIDES if name in sides and name != "isogloss"]
    if "isogloss" not in sides:
        return others
    return ["isogloss", *(turn for name in others for turn in (name, "isogloss"))]


def run_side(name: str, work: Path) -> Figures:
    """One side, in a fresh process with an empty store."""
    logger.info("%s ...", name)
    for left in ("cache", "checkpoints", "examples"):
        shutil.rmtree(work / left, ignore_errors=True)
    start = OUR_START if name == "isogloss" else START
    command = [sys.executable, "-c", start, name, str(work)]
    environment = os.environ | {"ISOGLOSS_CACHE": str(work / "cache")}
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    if done.returncode:
        raise SystemExit(f"{name} ended with status {done.returncode}; see above")
    figures: dict[str, Any] = json.loads((work / f"{name}.json").read_text(encoding="utf-8"))
    return figures


def measure_memory(options: argparse.Namespace, work: Path) -> Figures:
    """Run `isogloss distill` on all pairs.

    Args:
        options: see `parse_options`.
        work: an empty folder.

    Returns:
        The content of its `run.json`.
    """
    out = work / "student"
    command = [sys.executable, "-m", "isogloss", "distill", "--teacher", options.teacher]
    command += ["--pairs", options.pairs, "--minutes", str(options.minutes), "--out", str(out)]
    environment = {"ISOGLOSS_CACHE": str(work / "cache")} | dict(os.environ)
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    if done.returncode:
        raise SystemExit(f"isogloss distill ended with status {done.returncode}; see above")
    run: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return run


if __name__ == "__main__":
    main()
