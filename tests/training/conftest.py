"""A tiny run to be trained, killed and taken up again: sentences, another teacher's vectors."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.tokens import pad_id, tokenize
from isogloss.protocols import FloatArray
from isogloss.samples import read_rows
from isogloss.students.transplant import Transplant
from isogloss.training.distill.examples import Examples, ExamplesWriter
from isogloss.training.distill.health import BEST, DevEmbeddings, alarms, dev_figures
from isogloss.training.distill.job import DistillJob
from isogloss.training.distill.settings import TrainSettings
from isogloss.training.evaluator import Evaluator
from isogloss.training.loop import Trainer
from isogloss.training.network import StudentNetwork
from isogloss.training.progress import Progress
from isogloss.vectors.store import hash_texts

N_TRAIN, N_DEV = 160, 40
N_OLD = 600
"""Of the 800 tokens; the others are taken for new ones."""

Settings = Callable[..., TrainSettings]


@dataclass
class Run:
    """One tiny training run; every `trainer` starts from the same untrained student.

    Attributes:
        student: folder of the untrained student.
        folder: for checkpoints.
        examples: tokens of all streams.
        targets: the vectors to reach, by example.
        dev: the vectors to reach on dev data, and its sentences.
        figures: what the next evaluations answer; they measure when it is empty.
        fails_at: step after which the power fails.
        interrupted_at: step after which SIGINT comes.
        seen: the weights at every evaluation.
    """

    student: Path
    folder: Path
    examples: Examples
    targets: FloatArray
    dev: tuple[FloatArray, list[str], list[str]]
    figures: list[dict[str, float]] = field(default_factory=list)
    fails_at: int | None = None
    interrupted_at: int | None = None
    seen: list[dict[str, torch.Tensor]] = field(default_factory=list)

    def trainer(self, settings: TrainSettings) -> Trainer:
        """A fresh student with a trainer, as a new process would make them."""
        model = load_sentence_transformer(self.student, device="cpu")
        network = StudentNetwork(model, N_OLD)
        encoder = SentenceEncoder(model, name="student", precision="fp32")

        class Measured(Evaluator):
            best = BEST

            def figures(inner) -> dict[str, float]:
                self.seen.append({k: v.clone() for k, v in network.state_dict().items()})
                if self.figures:
                    return self.figures.pop(0)
                teacher, source, target = self.dev
                part = DevEmbeddings(teacher, encoder.encode(source), encoder.encode(target))
                return dev_figures({"es": part})

            def alarms(inner, figures: Mapping[str, float], fraction: float) -> list[str]:
                return alarms(figures, {}, fraction)

        def tell(state: Progress) -> None:
            if state.step == self.interrupted_at:
                signal.raise_signal(signal.SIGINT)
            if state.step == self.fails_at:
                raise RuntimeError("the power fails")

        job = DistillJob(
            self.examples,
            "en",
            pad_id(model),
            settings.resolved(Transplant.defaults),
            self.targets,
        )
        return Trainer(network, job, settings, self.folder, Measured(), tell)

    def trained(self, settings: TrainSettings, *, resume: bool = False) -> dict[str, torch.Tensor]:
        """The weights that a run ends with."""
        trainer = self.trainer(settings)
        trainer.run(resume=resume)
        return dict(trainer.network.model.state_dict())


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Sums in one order: the same bits on every machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def make_run(
    make_teacher: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Run]:
    """Makes runs that differ only in their folder."""
    student = make_teacher(seed=0)
    teacher = load_encoder(make_teacher(seed=1), precision="fp32")
    rows = read_rows("train")[: N_TRAIN + N_DEV]
    english, spanish = [row["en"] for row in rows], [row["es"] for row in rows]
    model = load_sentence_transformer(student, device="cpu")
    train = english[:N_TRAIN]
    keys = hash_texts(train)
    place = tmp_path_factory.mktemp("examples")
    with ExamplesWriter(place) as writer:
        for language, texts in {"es": spanish[:N_TRAIN], "en": train}.items():
            writer.add(language, TokenTable.from_sentences(tokenize(model, texts)), keys)
    examples = Examples.read(place)
    vectors = teacher.encode(train)
    targets = np.concatenate([vectors, vectors])
    dev = (teacher.encode(english[N_TRAIN:]), english[N_TRAIN:], spanish[N_TRAIN:])
    return lambda folder: Run(student, folder, examples, targets, dev)


@pytest.fixture
def run(make_run: Callable[[Path], Run], tmp_path: Path) -> Run:
    return make_run(tmp_path / "checkpoints")


@pytest.fixture
def settings() -> Settings:
    """Settings of a run of a second; what is given wins."""

    def make(**given: object) -> TrainSettings:
        usual: dict[str, object] = {
            "epochs": 2,
            "tokens_per_batch": 512,
            "warmup_steps": 3,
            "precision": "fp32",
            "evaluations": 4,
            "learning_rate": 1e-3,
            "new_token_learning_rate": 3e-3,
        }
        return TrainSettings(**(usual | given))  # type: ignore[arg-type]

    return make
