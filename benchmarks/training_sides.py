"""One side of `benchmarks/training.py`, in a process of its own: `training_sides.py NAME FOLDER`.

NAME is `prepare`, `plain-fp32`, `plain-bf16` or `isogloss`; FOLDER has `settings.json` and takes
what the side leaves: `prepare` the pairs and the untrained student, the others their figures.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import MSELoss
from training_dev import BATCH, Looks, dev_loss, embed, loss_on_dev, read_pairs, write_pairs

from isogloss.data import ParallelSentences, load_parallel
from isogloss.data.split import split_dev
from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model
from isogloss.encoders.tokens import pad_id, tokenize
from isogloss.runs.provenance import environment, peak_memory_bytes
from isogloss.students.transplant import Transplant, build_transplant
from isogloss.training.distill.examples import Examples, ExamplesWriter
from isogloss.training.distill.job import DistillJob
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.loop import Trainer
from isogloss.training.network import StudentNetwork
from isogloss.vectors.store import hash_texts, open_store
from isogloss.writing import write_json

MAX_TOKENS = 128
WARMUP = 0.1
"""Of the documented recipe: tokens in a sentence, share of all steps."""

LOOKS = 16
"""Looks of isogloss at the dev loss while it trains, outside the time that is measured."""


class Stopwatch:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def prepare(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Sample the pairs, and make the untrained student of all that are not held out.

    Leaves `train.json`, `chosen.json` (dev pairs that choose a checkpoint), `dev.json` (those that
    are reported), `dev.npy` (the teacher's vectors of their sources) and `student/`.
    """
    sentences = load_parallel(settings["pairs"]).sentences
    held_out = 2 * settings["dev_pairs"]
    split = split_dev(sentences, share=min(0.5, 1.5 * held_out / max(1, len(sentences))))
    wanted = settings["sentences"] // 2
    if len(split.train) < wanted or len(split.dev) < held_out:
        raise SystemExit(
            f"{settings['pairs']!r} has {len(split.train)} pairs beside {len(split.dev)} held-out "
            f"ones; expected at least {wanted} and {held_out}; lower --sentences or --dev-pairs"
        )
    draw = np.random.default_rng(settings["seed"])
    train = split.train.take(draw.permutation(len(split.train))[:wanted])
    held = draw.permutation(len(split.dev))[:held_out]
    dev = split.dev.take(held[: held_out // 2])
    write_pairs(folder / "train.json", train)
    write_pairs(folder / "chosen.json", split.dev.take(held[held_out // 2 :]))
    write_pairs(folder / "dev.json", dev)
    teacher = find_model(settings["teacher"])
    report = build_transplant(teacher, [split.train], folder / "student")
    targets = embed(SentenceTransformer(str(teacher)), dev.source)
    np.save(folder / "dev.npy", targets)
    untrained = SentenceTransformer(str(folder / "student"))
    return {
        "n_old": report.tokens_before,
        "tokens": report.tokens_after,
        "parameters": report.parameters,
        "pairs": train.fingerprint()[:16],
        "loss": dev_loss(untrained, dev, targets),
        "device": _device(),
        "threads": torch.get_num_threads(),
        "environment": environment().model_dump(),
    }


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def plain(folder: Path, settings: dict[str, Any], *, bf16: bool) -> dict[str, Any]:
    """The documented recipe, one pass over the pairs."""
    pairs = read_pairs(folder / "train.json")
    teacher = SentenceTransformer(str(find_model(settings["teacher"])))
    student = SentenceTransformer(str(folder / "student"))
    student.max_seq_length = MAX_TOKENS
    watch = Stopwatch()

    def with_labels(batch: dict[str, list[str]]) -> dict[str, Any]:
        return batch | {"label": embed(teacher, batch["english"])}

    with watch.stage("targets"):
        columns = {"english": list(pairs.source), "non_english": list(pairs.target)}
        dataset = Dataset.from_dict(columns).map(with_labels, batched=True, batch_size=30_000)
    with watch.stage("training"):
        trainer = SentenceTransformerTrainer(
            model=student,
            args=SentenceTransformerTrainingArguments(
                output_dir=str(folder / "plain"),
                num_train_epochs=1,
                per_device_train_batch_size=BATCH,
                warmup_steps=WARMUP,
                learning_rate=settings["plain_learning_rate"],
                bf16=bf16,
                use_cpu=not torch.cuda.is_available(),
                seed=settings["seed"],
                logging_steps=100,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=dataset,
            loss=MSELoss(model=student),
        )
        trainer.train()
    return {
        "sentences": 2 * len(pairs),
        "seconds": watch.seconds,
        "peak_bytes": peak_memory_bytes(),
        "precision": "bf16" if bf16 else "fp32",
        "loss": loss_on_dev(folder, student),
    }


def isogloss(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What `isogloss distill` does, on as many sentences: store, tokens, training."""
    pairs, chosen = read_pairs(folder / "train.json"), read_pairs(folder / "chosen.json")
    training = _as_many(settings["sentences"], len(pairs), settings["seed"])
    n_old = json.loads((folder / "prepare.json").read_text("utf-8"))["n_old"]
    teacher = load_encoder(settings["teacher"])
    student = load_sentence_transformer(folder / "student")
    chosen_targets = teacher.encode(chosen.source)
    watch = Stopwatch()
    with watch.stage("targets"):
        store = open_store(teacher.namespace, teacher.dim)
        store.ensure(list(dict.fromkeys(pairs.source)), teacher.encode)
    del teacher  # `isogloss distill` lets it go here, too
    with watch.stage("tokens"):
        examples = _examples(student, pairs, training.max_tokens, folder / "examples")
        targets = store.targets(store.find_keys(examples.keys))
    evaluator = Looks(folder, student, chosen, chosen_targets, sum(watch.seconds.values()))
    with watch.stage("training"):
        network = StudentNetwork(student, n_old)
        network.train()
        job = DistillJob(
            examples,
            pairs.source_language,
            pad_id(student),
            training.resolved(Transplant.defaults),
            targets,
        )
        trainer = Trainer(network, job, training, folder / "checkpoints", evaluator)
        state = trainer.run()
    watch.seconds["training"] -= evaluator.looking
    return {
        "sentences": state.sentences,
        "seconds": watch.seconds,
        "peak_bytes": peak_memory_bytes(),
        "precision": trainer.precision,
        "loss": loss_on_dev(folder, student),
        "looks": evaluator.losses,
    }


def _as_many(sentences: int, pairs: int, seed: int) -> TrainSettings:
    """The defaults, with as many epochs as make that many sentences, source and target together."""
    share = Transplant.defaults["source_share"]
    epochs = sentences * (1.0 - share) / pairs
    return TrainSettings(epochs=epochs, seed=seed, evaluations=LOOKS)


def _examples(
    student: SentenceTransformer, pairs: ParallelSentences, max_tokens: int, folder: Path
) -> Examples:
    """Tokens on disk, memory-mapped: a stream of targets, and one of distinct sources."""
    distinct = list(dict.fromkeys(pairs.source))
    streams = {
        pairs.target_language: (list(pairs.target), list(pairs.source)),
        pairs.source_language: (distinct, distinct),
    }
    with ExamplesWriter(folder) as writer:
        for name, (texts, sources) in streams.items():
            table = TokenTable.from_sentences(tokenize(student, texts, max_tokens))
            writer.add(name, table, hash_texts(sources))
    return Examples.read(folder)


def main() -> None:
    """Run one side and write `NAME.json`."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    sides: dict[str, Callable[[Path, dict[str, Any]], dict[str, Any]]] = {
        "prepare": prepare,
        "plain-fp32": partial(plain, bf16=False),
        "plain-bf16": partial(plain, bf16=True),
        "isogloss": isogloss,
    }
    write_json(folder / f"{name}.json", sides[name](folder, settings))
