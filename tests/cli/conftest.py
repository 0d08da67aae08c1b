"""The command line in process: what it prints, and how it ends."""

import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from isogloss.cli import terminal
from isogloss.cli.app import main
from isogloss.samples import read_rows


@dataclass(frozen=True)
class Outcome:
    """How a command line ended.

    Attributes:
        status: the exit status.
        out: what went to stdout.
        errors: the lines of stderr.
    """

    status: int
    out: str
    errors: list[str]


@pytest.fixture(scope="session", autouse=True)
def no_bars() -> None:
    """In a process of its own the command line turns them off before it loads the libraries."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()


@pytest.fixture
def isogloss(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs `isogloss` with some words; slow machines tell no more than fast ones."""
    monkeypatch.setattr(terminal, "SHORT", math.inf)

    def run(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["isogloss", *map(str, words)])
        capfd.readouterr()
        status = main()
        out, err = capfd.readouterr()
        return Outcome(status, out, err.splitlines())

    return run


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus that is in order."""
    path = tmp_path_factory.mktemp("pairs") / "corpus.tsv"
    rows = read_rows("train")[:250]
    text = "".join(f"{row['en']}\t{row['de']}\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def models(
    tiny_teacher: Path, make_decoder: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Models that are not what a command wants, by what a command line of the tests calls them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer, ByT5Tokenizer, T5Config, T5Model

    folder = tmp_path_factory.mktemp("models")
    names = ("encoder_decoder", "slow", "own_code", "static")
    found = {f"@{name.upper()}@": folder / name for name in names}
    two_parts, slow, own_code, static = found.values()
    shape = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    T5Model(T5Config(vocab_size=800, **shape)).save_pretrained(two_parts)
    AutoTokenizer.from_pretrained(tiny_teacher).save_pretrained(two_parts)
    for copy in (slow, own_code):
        shutil.copytree(tiny_teacher, copy)
    (slow / "tokenizer.json").unlink()
    ByT5Tokenizer().save_pretrained(slow)
    config = json.loads((own_code / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModel": "modeling.Model"}
    (own_code / "config.json").write_text(json.dumps(config), encoding="utf-8")
    table = StaticEmbedding(
        Tokenizer.from_file(str(tiny_teacher / "tokenizer.json")), torch.rand(800, 8)
    )
    SentenceTransformer(modules=[table], device="cpu").save_pretrained(str(static))
    return found | {"@TEACHER@": tiny_teacher, "@DECODER@": make_decoder()}
