"""How much memory and time a corpus takes on its way from a file to batches, stage by stage.

A synthetic corpus of pairs (one in fifty is there twice, one in two hundred lacks a side) goes the
way of `isogloss distill`, by the same functions and in one process: read and clean, hold some out,
embed distinct sources (a stub that takes no time), tokenize (a static student of words), plan the
batches of an epoch, and make the first of them. Told for each stage:

- rows per second, of processor time and of the clock;
- memory of its own (anonymous) at its peak and at its end, and resident memory at its peak. The
  latter counts pages of mapped files too, which the system takes back when it needs them.

Batches are made from mapped files, and once more from copies in memory; with `--steps` a student of
the size of all-MiniLM-L6-v2 (random weights) learns from both in turns, each batch from both.

    python benchmarks/data.py                    # ten million rows: some ten minutes
    python benchmarks/data.py --rows 1000000 --steps 200
    python benchmarks/data.py --quick            # 100,000

It needs /proc (Linux), and in --folder 1 GB of disk for a million rows.
"""

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.allocator import give_back_memory, keep_memory

if TYPE_CHECKING:  # what weighs is imported by the stage that needs it, which counts its memory
    import numpy as np
    from sentence_transformers import SentenceTransformer
    from torch import nn

    from isogloss.training.distill.examples import Examples
    from isogloss.training.distill.job import DistillJob
    from isogloss.vectors.store import TargetStore

WORDS = 30_000
DIM = 32
BATCHES = 300
SYLLABLES = (
    [c + v for c in "bdfgklmnprstvwz" for v in "aeiou"],
    [c + v for c in ("sch", "ch", *"dgklmnrstwz") for v in "aeiouäöü"],
)


class Memory:
    """The memory of this process, looked at twenty times a second."""

    def __init__(self) -> None:
        self.own = self.resident = 0
        threading.Thread(target=self._watch, daemon=True).start()

    @staticmethod
    def now() -> tuple[int, int]:
        """Anonymous and resident bytes."""
        _, resident, shared, *_ = map(int, Path("/proc/self/statm").read_text().split())
        return (resident - shared) * 4096, resident * 4096

    def _watch(self) -> None:
        while True:
            own, resident = self.now()
            self.own, self.resident = max(self.own, own), max(self.resident, resident)
            time.sleep(0.05)


MEMORY = Memory()


@contextmanager
def stage(name: str, rows: int) -> Iterator[None]:
    """Time a block, and print what it took."""
    give_back_memory()
    MEMORY.own = MEMORY.resident = 0
    clock, processor = time.perf_counter(), time.process_time()
    yield
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    figures = [MEMORY.own, MEMORY.now()[0], MEMORY.resident]
    sizes = "  ".join(f"{size / 2**30:5.2f}" for size in figures)
    speed = f"{rows / processor:11,.0f}  {rows / clock:11,.0f}"
    print(f"{name:28}  {speed}  {sizes}", flush=True)


def vocabulary(side: int) -> list[str]:
    """Made-up words of a side."""
    draw = random.Random(side)
    return ["".join(draw.choices(SYLLABLES[side], k=draw.randint(1, 4))) for _ in range(WORDS)]


def write_corpus(path: Path, rows: int) -> None:
    """Write pairs of 3 to 17 words, drawn by Zipf's law."""
    import numpy as np

    draw = np.random.default_rng(0)
    words = [np.array(vocabulary(side), object) for side in (0, 1)]
    shares = 1.0 / np.arange(10, WORDS + 10)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for start in range(0, rows, 50_000):
            lengths = draw.integers(3, 18, min(50_000, rows - start))
            drawn = draw.choice(WORDS, int(lengths.sum()), p=shares / shares.sum())
            ends = np.cumsum(lengths).tolist()
            source, target = (side[drawn].tolist() for side in words)
            lines = [
                f"{' '.join(source[a:b])}.\t{' '.join(target[a:b])}.\n"
                for a, b in zip([0, *ends], ends, strict=False)
            ]
            lines[::50] = lines[1::50][: len(lines[::50])]
            lines[7::200] = ["\t" + line.partition("\t")[2] for line in lines[7::200]]
            file.writelines(lines)


def stub(texts: Sequence[str]) -> "np.ndarray":
    """Vectors in no time."""
    import numpy as np

    return np.repeat(np.array([[len(text) / 100] for text in texts], np.float32), DIM, axis=1)


def static_student() -> "SentenceTransformer":
    """A table of the words of both sides."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = dict.fromkeys(["[UNK]", ".", *vocabulary(0), *vocabulary(1)])
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=DIM)])


def run(place: str, rows: int, folder: Path, n_steps: int) -> None:
    """The way of a corpus, stage by stage."""
    from isogloss.console import Silent
    from isogloss.data.loading import load_parallel
    from isogloss.data.places import parse_where
    from isogloss.data.readers import READERS
    from isogloss.data.rejects import RejectFile
    from isogloss.recipes.distill.examples import write_examples
    from isogloss.recipes.distill.pairs import load_pairs
    from isogloss.recipes.distill.recipe import DistillRecipe
    from isogloss.training.distill.examples import Examples
    from isogloss.vectors.store import TargetStore

    student = static_student()
    where = parse_where(place)
    with stage("read", rows), RejectFile() as rejects:
        for _ in READERS[where.kind](where, rejects):
            pass
    with stage("read, clean", rows):
        load_parallel(where)
    with stage("read, clean, hold out", rows):
        recipe = DistillRecipe(pairs=(place,), teacher="stub", out=str(folder / "out"))
        pairs = load_pairs(recipe, None, [], Silent())
    with stage("distinct sources", rows):
        sources = pairs.sources()
    store = TargetStore(folder / "targets", {"teacher": "stub"}, DIM)
    with stage("targets", rows):
        store.ensure(sources, stub)
    del sources, store
    with stage("tokens", rows):
        write_examples(folder / "examples", pairs, student, longest=128)
    del pairs
    examples = Examples.read(folder / "examples")
    store = TargetStore(folder / "targets", {"teacher": "stub"}, DIM)
    batches(examples, store, rows, n_steps)


def batches(examples: "Examples", store: "TargetStore", rows: int, n_steps: int) -> None:
    """The plan of an epoch, its first batches, and steps of training on them."""
    import numpy as np

    from isogloss.data.token_table import TokenTable
    from isogloss.students.pretrained import Pretrained
    from isogloss.training.distill.examples import Examples, pad_batch
    from isogloss.training.distill.job import KEPT_BATCHES, DistillJob
    from isogloss.training.distill.settings import TrainSettings

    with stage("plan of an epoch", rows):
        numbers = store.find_keys(examples.keys)
        settings = TrainSettings().resolved(Pretrained.defaults)
        job = DistillJob(examples, "en", 0, settings, store.targets(numbers))
        plan = job.epoch(0)

    def seconds(of: Examples, vectors: "np.ndarray | None") -> float:
        begun = time.perf_counter()
        for at, batch in enumerate(plan[:BATCHES], 1):
            pad_batch(of.table, batch, 0)
            store.gather(numbers[batch]) if vectors is None else vectors[batch]
            if vectors is None and at % KEPT_BATCHES == 0:
                of.give_back()
                store.give_back()
        return (time.perf_counter() - begun) / min(BATCHES, len(plan))

    with stage("batches", sum(map(len, plan[:BATCHES]))):
        seconds(examples, None)
    table = examples.table
    held = TokenTable(np.array(table.tokens), np.array(table.offsets))
    copies = Examples(held, np.array(examples.keys), examples.streams)
    vectors = store.gather(numbers)
    turns = [(seconds(examples, None), seconds(copies, vectors)) for _ in range(5)]
    mapped, copied = (statistics.median(side) for side in zip(*turns, strict=True))
    print(f"a batch from mapped files {mapped * 1e3:.2f} ms, from memory {copied * 1e3:.2f} ms")
    if n_steps:
        held_job = DistillJob(copies, "en", 0, settings, vectors)
        steps([job, held_job], plan[BATCHES : BATCHES + n_steps] or plan[:n_steps])


def student_network() -> "nn.Module":
    """Six layers as those of all-MiniLM-L6-v2, untrained."""
    import torch
    from torch import nn
    from transformers import BertConfig, BertModel

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            shape = {"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536}
            config = BertConfig.from_dict({**shape, "vocab_size": 2 * WORDS + 2})
            self.body, self.out = BertModel(config), nn.Linear(384, DIM)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            hidden = self.body(ids, attention_mask=mask).last_hidden_state * mask[..., None]
            pooled: torch.Tensor = self.out(hidden.sum(1) / mask.sum(1, keepdim=True))
            return pooled

    torch.manual_seed(0)
    return Network()


def steps(jobs: "list[DistillJob]", plan: "list[np.ndarray]") -> None:
    """Steps of one student on each batch, from mapped files and from memory, in turns."""
    import numpy as np
    import torch

    network = student_network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
    seconds = np.zeros((len(plan), 2))
    for at, batch in enumerate(plan):
        for side in (0, 1) if at % 2 else (1, 0):
            begun = time.perf_counter()
            optimizer.zero_grad()
            torch.autograd.backward(jobs[side].loss(network, batch, torch.device("cpu")))
            optimizer.step()
            seconds[at, side] = time.perf_counter() - begun
    draw = np.random.default_rng(0)
    drawn = seconds[draw.integers(len(plan), size=(1_000, len(plan)))].sum(1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], (2.5, 97.5))
    mapped, held = seconds.sum(0)
    print(
        f"steps a second from mapped files {len(plan) / mapped:.3f}, from memory "
        f"{len(plan) / held:.3f}; a mapped step takes {mapped / held:.4f} [{low:.4f}, {high:.4f}] "
        f"as long (95%, {len(plan)} batches)"
    )


def main() -> None:
    """Make the corpus, and go its way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--quick", action="store_true", help="100,000 rows")
    parser.add_argument("--steps", type=int, default=0, help="of training, from either")
    parser.add_argument("--folder", type=Path, help="for the corpus, used again, and files")
    given = parser.parse_args()
    rows = 100_000 if given.quick else given.rows
    keep_memory()  # as the command line does
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        corpus = (given.folder or Path(name)) / f"synthetic-{rows}.tsv"
        if not corpus.exists():
            write_corpus(corpus, rows)
        print(f"{rows:,} rows, {corpus.stat().st_size / 2**30:.2f} GiB, {sys.version.split()[0]}")
        print(f"{'':28}  {'rows/s, cpu':>11}  {'clock':>11}  GiB: own, then, resident")
        run(f"en-de={corpus}", rows, Path(name), given.steps)


if __name__ == "__main__":
    main()
