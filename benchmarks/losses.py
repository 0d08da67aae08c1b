"""What each training loss is worth: the same student, pairs, order and number of sentences.

Pairs are read, targets embedded and the untrained student made once; every variant starts from a
copy. Judged on development data only: held-out pairs, and STS files that are not the test. One seed
each: differences of a few tenths are none. The student of `matryoshka`, and that of the default for
comparison, are also scored by the first half and the first quarter of their dimensions.

How to run, on a machine that does nothing else:

    python benchmarks/losses.py --pairs en-de=en-de.tsv.gz --sentences 60000 \
        --task sts:de-de=stsb-de-dev.csv --task sts:en-de=stsb-en-dev.csv,stsb-de-dev.csv \
        --task sts:en-en=stsb-en-dev.csv
"""

import argparse
import datetime
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isogloss.cli.terminal import Terminal
from isogloss.encoders.encoder import load_encoder
from isogloss.losses.settings import LossSettings
from isogloss.metrics.score import Score
from isogloss.protocols import NO_ROLE, Encoder, FloatArray, Progress, Role, prompt_of
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.evaluate.run import evaluate
from isogloss.runs.lifecycle import RunLog
from isogloss.students.transplant import Transplant
from isogloss.tasks import BitextData, BitextTask, Task, load_task
from isogloss.training.distill.settings import TrainSettings

HERE = Path(__file__).parent
NONE: dict[str, Any] = {"mse": 0.0}
VARIANTS: dict[str, LossSettings] = {
    "mse (default)": LossSettings(),
    "cosine": LossSettings(**NONE, cosine=1.0),
    "similarity": LossSettings(**NONE, similarity=100.0),
    "mse + similarity": LossSettings(similarity=100.0),
    "soft": LossSettings(**NONE, soft=1.0),
    "soft + hard": LossSettings(**NONE, soft=1.0, hard_label_weight=0.2),
    "mse + soft": LossSettings(soft=0.5),
    "contrastive": LossSettings(**NONE, contrastive=1.0),
    "mse + contrastive": LossSettings(contrastive=0.2),
    "mse, matryoshka": LossSettings(matryoshka=(64, 128, 256)),
}
CUT = ("mse (default)", "mse, matryoshka")
"""Variants that are also scored by the first dimensions of their students."""


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", required=True, help="LANGS=WHERE")
    parser.add_argument("--task", action="append", default=[], help="sts:LANGS=DEV-FILE")
    parser.add_argument("--teacher", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--sentences", type=int, default=60_000)
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="repeatable")
    parser.add_argument("--folder", type=Path, default=Path("runs/losses"))
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def main() -> None:
    """Prepare once, train every variant, write the table."""
    options = parse()
    base = DistillRecipe(
        teacher=options.teacher,
        pairs=(options.pairs,),
        out=str(options.folder / "prepared"),
        tasks=tuple(options.task),
    )
    console = Terminal()
    prepared = prepare(base, [], RunLog(console))
    pairs = sum(part.kept - (part.dev or 0) for part in prepared.facts.data)
    share = Transplant.defaults["source_share"]
    epochs = options.sentences * (1.0 - share) / pairs
    tasks: list[Task] = [load_task(text) for text in options.task]
    tasks += [
        BitextTask(f"{part.source_language}-{language}", BitextData(part.source, part.target))
        for language, part in prepared.dev.items()
    ]
    rows = []
    for name in options.only or VARIANTS:
        out = options.folder / "".join(c if c.isalnum() else "-" for c in name)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(options.folder / "prepared", out)
        training = TrainSettings(epochs=epochs, loss=VARIANTS[name])
        recipe = replace(base, out=str(out), training=training)
        run = distill(recipe, resume=True, console=console)
        assert run.record is not None, "this is the main process"
        speed = f"{run.record.training.sentences_per_second:.0f}"
        rows.append(row(name, run.evaluation.scores["trained"]) | {"sentences/s": speed})
        if name in CUT:
            rows += cut_rows(name, run.folder, tasks)
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    text = "\n".join(
        [
            f"# Losses, {date}",
            "",
            f"{options.sentences:,} sentences of {pairs:,} pairs, development data, one seed.",
            "",
            *table(rows),
            "",
        ]
    )
    print(text)
    (options.out or HERE / "results" / f"losses-{date}.md").write_text(text, encoding="utf-8")


class FirstDimensions:
    """An encoder's vectors, cut as Sentence Transformers cuts them with `truncate_dim`."""

    def __init__(self, encoder: Encoder, dim: int) -> None:
        """Take the first `dim` dimensions of an encoder."""
        self.encoder, self.dim = encoder, dim
        self.name, self.fingerprint = encoder.name, f"{encoder.fingerprint}-{dim}"

    def prompt_for(self, role: Role) -> str:
        """What the encoder has for that role."""
        return prompt_of(self.encoder, role)

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """Embed texts, `(len(texts), dim)`."""
        return self.encoder.encode(texts, role=role, progress=progress)[:, : self.dim]


def cut_rows(name: str, folder: Path, tasks: Sequence[Task]) -> list[dict[str, str]]:
    """What the first half and the first quarter of a student's dimensions come to."""
    whole = load_encoder(folder)
    cut = {
        f"{name}, first {dim} of {whole.dim}": FirstDimensions(whole, dim)
        for dim in (whole.dim // 2, whole.dim // 4)
    }
    return [row(label, scores) for label, scores in evaluate(cut, tasks).scores.items()]


def row(name: str, scores: Sequence[Score]) -> dict[str, str]:
    """What one student came to, for people."""
    found = {"loss": name}
    for score in scores:
        if score.task == "sts" and score.metric == "spearman":
            found[f"STS {score.languages}"] = shown(score.value)
        elif score.metric in ("accuracy_mean", "cosine_source_mean", "norm_ratio", "fvu_target"):
            found[score.metric.replace("_", " ")] = shown(
                score.value, plain=score.metric in ("norm_ratio", "fvu_target")
            )
    return found


def shown(value: float | None, *, plain: bool = False) -> str:
    """A number for people."""
    if value is None:
        return "-"
    return f"{value:.3f}" if plain else f"{100 * value:.1f}"


def table(rows: list[dict[str, str]]) -> list[str]:
    """Rows as lines of Markdown."""
    heads = list(dict.fromkeys(head for found in rows for head in found))
    lines = [heads, ["---"] * len(heads), *([r.get(h, "") for h in heads] for r in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


if __name__ == "__main__":
    main()
