"""What a GPU makes of it: reading and training, beside the CPU of the same machine. One file.

    python benchmarks/gpu.py --pairs en-de=corpus.tsv.gz [--model all-MiniLM-L6-v2] [--quick]

Without a CUDA device it says so in a line and ends with status 2. With one it writes, to
`results/gpu-DATE.md` or `--out`:

- equality: the least cosine between vectors of the GPU and of the CPU, in fp32 and in bf16, and the
  largest difference of weights, in units of their size, after the same 20 steps on both;
- reading: texts per second in fp32 and bf16, with batches of several budgets;
- training: steps, sentences and tokens per second in fp32 and bf16, at the budget of a CPU and at
  that of this GPU, with the peak of its memory;
- waiting: how often a step makes the host wait for the GPU, as PyTorch counts it, and where.

Takes about four minutes on one GPU of a data center; `--quick` one.
"""

import argparse
import datetime
import importlib
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).parent
CPU_BUDGET = 2_048
EQUAL_STEPS = 20


def main() -> int:
    """Measure, print, write."""
    options = parse()
    if not torch.cuda.is_available():
        print("no CUDA device is here: nothing to measure", file=sys.stderr)
        return 2
    from isogloss.data import load_parallel

    pairs = load_parallel(options.pairs, limit=2_000 if options.quick else 30_000).sentences
    texts = [*pairs.source, *pairs.target]
    lines = [*head(options), *equality(options.model, texts[:500])]
    lines += ["", "| reading | tokens a batch | texts/s | peak GiB |", "|---|---|---|---|"]
    lines += reading(options.model, texts, quick=options.quick)
    lines += ["", "| training | tokens a batch | steps/s | sentences/s | tokens/s | peak GiB |"]
    lines += ["|---|---|---|---|---|---|", *training(options.model, pairs, quick=options.quick)]
    page = "\n".join(lines) + "\n"
    print(page)
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    (options.out or HERE / "results" / f"gpu-{date}.md").write_text(page, encoding="utf-8")
    return 0


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", required=True, help="LANGS=WHERE")
    parser.add_argument("--model", default="all-MiniLM-L6-v2", help="folder or name")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def head(options: argparse.Namespace) -> list[str]:
    """What was measured on."""
    found = torch.cuda.get_device_properties(0)
    return [
        f"# GPU, {datetime.datetime.now(tz=datetime.UTC).date().isoformat()}",
        "",
        f"`{Path(options.model).name}` on {found.name}, {found.total_memory / 2**30:.0f} GiB, "
        f"torch {torch.__version__}{', --quick' if options.quick else ''}.",
        "",
    ]


def equality(name: str, texts: list[str]) -> list[str]:
    """Vectors and trained weights of the GPU beside those of the CPU."""
    from isogloss.vectors.similarity import paired_cosines

    wanted = encoder(name, "cpu", "fp32").encode(texts)
    lines = [
        f"- least cosine to the CPU in fp32, {precision} on the GPU: "
        f"{paired_cosines(encoder(name, 'cuda', precision).encode(texts), wanted).min():.6f}"
        for precision in ("fp32", "bf16")
    ]
    trained = [
        run_steps(name, texts, device, "fp32", CPU_BUDGET, EQUAL_STEPS).weights
        for device in ("cpu", "cuda")
    ]
    far = max(
        float((one - other).norm() / one.norm().clamp_min(1e-12))
        for one, other in zip(*trained, strict=True)
    )
    return [*lines, f"- largest difference of a weight after {EQUAL_STEPS} steps: {far:.2e}"]


def encoder(name: str, device: str, precision: str) -> Any:
    """The model as an encoder on a device."""
    from isogloss.encoders.encoder import SentenceEncoder
    from isogloss.encoders.loading import load_sentence_transformer
    from isogloss.encoders.names import find_model

    model = load_sentence_transformer(find_model(name), device=device)
    return SentenceEncoder(model, name=name, precision=precision)


def reading(name: str, texts: list[str], *, quick: bool) -> list[str]:
    """Rows of texts per second."""
    from isogloss.encoders.fast.budget import tokens_at_once

    module: Any = importlib.import_module("isogloss.encoders.encoder")
    rows: list[str] = []
    for precision in ("fp32", "bf16"):
        model = encoder(name, "cuda", precision)
        own = tokens_at_once(model.model, module.TOKENS_PER_BATCH)
        for budget in sorted({CPU_BUDGET, own} if quick else {2**n for n in range(11, 19)} | {own}):
            module.tokens_at_once = lambda *_, budget=budget: budget
            model.encode(texts[:2_000])
            torch.cuda.reset_peak_memory_stats()
            seconds = timed(partial(model.encode, texts))
            rows.append(
                f"| {precision} | {budget:,}{' (its own)' * (budget == own)} | "
                f"{len(texts) / seconds:,.0f} | {peak():.2f} |"
            )
    module.tokens_at_once = tokens_at_once
    return rows


class Ran:
    """Steps that were trained.

    Args:
        trainer: that did them.
        seconds: of all but the first few.
    """

    def __init__(self, trainer: Any, seconds: float, waits: Counter[str]) -> None:
        self.state, self.seconds, self.waits = trainer.state, seconds, waits
        self.weights = [p.detach().float().cpu() for p in trainer.network.parameters()]


def run_steps(
    name: str, texts: list[str], device: str, precision: str, budget: int, steps: int
) -> Ran:
    """Train towards the model's own vectors, turned about, for some steps."""
    from isogloss.data.token_table import TokenTable
    from isogloss.encoders.tokens import pad_id, tokenize
    from isogloss.students.transplant import Transplant
    from isogloss.training.distill.examples import Examples
    from isogloss.training.distill.job import DistillJob
    from isogloss.training.distill.settings import TrainSettings
    from isogloss.training.loop import Trainer
    from isogloss.training.network import StudentNetwork

    model = encoder(name, device, precision).model
    table = TokenTable.from_sentences(tokenize(model, texts))
    keys = np.zeros(len(texts), "S16")
    end = len(texts) - len(texts) // 10  # the rest is rehearsed
    examples = Examples(table, keys, {"de": (0, end), "en": (end, len(texts))})
    dim = int(model.get_embedding_dimension() or 0)
    targets = np.random.default_rng(0).normal(size=(4_096, dim)).astype(np.float32) / dim**0.5
    wanted = TrainSettings(
        precision=precision,  # type: ignore[arg-type]  # one of the two
        epochs=1_000,
        evaluations=0,
        checkpoint_minutes=None,
        tokens_per_batch=budget,
    )
    job = DistillJob(
        examples,
        "en",
        pad_id(model),
        wanted.resolved(Transplant.defaults),
        targets[np.arange(len(texts)) % len(targets)],
    )
    waits: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        network = StudentNetwork(model, len(model.tokenizer)).train()
        trainer = Trainer(network, job, wanted, Path(folder))
        trainer.prepare()
        batches = [batch for epoch in range(1 + steps // 20) for batch in job.epoch(epoch)]
        batches = (batches * (1 + (steps + 8) // len(batches)))[: steps + 8]

        def go(some: list[Any]) -> None:
            for batch in some:
                trainer._step(batch)  # the loop's own step, without its clock
            trainer.losses.read(trainer.state)

        warm = 0 if steps == EQUAL_STEPS else 8
        go(batches[:warm])
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        before = (trainer.state.sentences, trainer.state.tokens)
        seconds = timed(lambda: go(batches[warm : warm + steps]), device)
        trainer.state.sentences -= before[0]
        trainer.state.tokens -= before[1]
        if device == "cuda":
            waits = waiting(lambda: trainer._step(batches[-1])) if warm else waits
    return Ran(trainer, seconds, waits)


def training(name: str, pairs: Any, *, quick: bool) -> list[str]:
    """Rows of steps per second, and where the host waits."""
    from isogloss.encoders.fast.budget import tokens_at_once

    rows, waits = [], Counter[str]()
    steps, texts = (30 if quick else 200), list(pairs.target)
    own = tokens_at_once(encoder(name, "cuda", "fp32").model, CPU_BUDGET, training=True)
    for precision in ("fp32", "bf16"):
        for budget in sorted({CPU_BUDGET, own}):
            ran = run_steps(name, texts, "cuda", precision, budget, steps)
            state, seconds = ran.state, ran.seconds
            waits = ran.waits
            rows.append(
                f"| {precision} | {budget:,}{' (its own)' * (budget == own)} | "
                f"{steps / seconds:.1f} | {state.sentences / seconds:,.0f} | "
                f"{state.tokens / seconds:,.0f} | {peak():.2f} |"
            )
    places = [f"  - {place}: {count}" for place, count in waits.most_common()]
    return [*rows, "", f"- waits in a step: {sum(waits.values())}", *places]


def waiting(step: Callable[[], object]) -> Counter[str]:
    """Where the host waits for the GPU, as PyTorch warns of it."""
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    said = [each for each in caught if "synchroniz" in str(each.message)]
    return Counter(f"{'/'.join(Path(w.filename).parts[-3:])}:{w.lineno}" for w in said)


def timed(work: Callable[[], object], device: str = "cuda") -> float:
    """Seconds until the device has done it."""
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def peak() -> float:
    """GiB that were held at most since the last reset."""
    return torch.cuda.max_memory_allocated() / 2**30


if __name__ == "__main__":
    sys.exit(main())
