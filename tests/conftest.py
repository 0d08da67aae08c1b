"""The surroundings of every test: no network, own caches, no stopwatch; and a teacher for all."""

import gc
import itertools
import json
import logging
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# Read by the hub's libraries while they are imported, so it is set before any test module is.
# The tests marked `network` run with HF_HUB_OFFLINE=0.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as processors: a thread each
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A job in the background of a shell ignores Ctrl-C, and so would the processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: a busy machine is slow, not wrong. Under CI every run draws the same examples.
hypothesis.settings.register_profile("isogloss", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("isogloss")


def pytest_collection_finish() -> None:
    """What is imported stays: the garbage collector need not look through all of torch again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that connects to another machine, unless it is marked `network`."""
    if request.node.get_closest_marker("network"):
        yield
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if internet and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a test connects to {address[0]}; mark it `network` or keep it offline")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(autouse=True)
def level_as_before() -> Iterator[None]:
    """The command line sets the level of the package's logger; later tests read what it logs."""
    yield
    logging.getLogger("isogloss").setLevel(logging.NOTSET)


@pytest.fixture(scope="session", autouse=True)
def target_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Teachers' vectors go to a folder of the test run, never to the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOGLOSS_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """What tests write need not outlast a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda stream: None)
        yield


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes empty folders by the thousand, where `mktemp` would look through all that are there."""
    base, numbers = tmp_path_factory.mktemp("folders"), itertools.count()

    def make() -> Path:
        folder = base / str(next(numbers))
        folder.mkdir()
        return folder

    return make


@pytest.fixture(scope="session")
def make_teacher(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes Sentence Transformers folders: a tiny random BERT that reads English WordPiece."""

    def make(*, hidden: int = 32, layers: int = 2, seed: int = 0) -> Path:
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import (
            Normalize,
            Pooling,
            Transformer,
        )
        from tokenizers import BertWordPieceTokenizer, Tokenizer
        from transformers import BertConfig, BertModel, BertTokenizerFast

        from isogloss.samples import SOURCE, read_rows

        from .wordpieces import train_wordpieces

        folder = tmp_path_factory.mktemp("teacher")
        english = [row[SOURCE] for row in read_rows("train")]
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        untrained = Tokenizer.from_str(BertWordPieceTokenizer(lowercase=True).to_str())
        vocabulary = train_wordpieces(untrained, english, 800, special)
        pieces = BertWordPieceTokenizer(vocabulary, lowercase=True)
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=pieces.get_vocab_size(),
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=2 * hidden,
            max_position_embeddings=64,
            initializer_range=0.3,  # wide enough for vectors that differ from each other
        )
        BertModel(config).save_pretrained(folder / "body")
        tokenizer = BertTokenizerFast(tokenizer_object=pieces._tokenizer, model_max_length=64)
        tokenizer.save_pretrained(folder / "body")
        modules = [Transformer(str(folder / "body")), Pooling(hidden, "mean"), Normalize()]
        SentenceTransformer(modules=modules, device="cpu").save_pretrained(
            str(folder / "model"), create_model_card=False
        )
        return folder / "model"

    return make


@pytest.fixture(scope="session")
def tiny_teacher(make_teacher: Callable[..., Path]) -> Path:
    """The folder of a teacher small enough to distill in a second."""
    return make_teacher()


@pytest.fixture(scope="session")
def make_decoder(
    tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Makes folders of a tiny random GPT-2 with the tokenizer of the tiny teacher."""

    def make() -> Path:
        from transformers import AutoTokenizer, GPT2Config, GPT2Model

        folder = tmp_path_factory.mktemp("decoder")
        GPT2Model(GPT2Config(vocab_size=800, n_embd=16, n_layer=1, n_head=2)).save_pretrained(
            folder
        )
        AutoTokenizer.from_pretrained(tiny_teacher).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def routed_model(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model whose queries are read by a table, whose documents by a body."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Pooling,
        Router,
        StaticEmbedding,
        Transformer,
    )

    folder = tmp_path_factory.mktemp("routed")
    body = Transformer(str(tiny_teacher))
    torch.manual_seed(5)
    table = StaticEmbedding(body.tokenizer, embedding_dim=32)
    router = Router.for_query_document(
        query_modules=[table], document_modules=[body, Pooling(32)], default_route="document"
    )
    model = SentenceTransformer(modules=[router], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


@pytest.fixture
def prompted(tiny_teacher: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes copies of the tiny teacher that name prompts, and perhaps one that is their default."""

    def make(prompts: dict[str, str], default: str | None = None, name: str = "prompted") -> Path:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(tiny_teacher, folder)
        path = folder / "config_sentence_transformers.json"
        config = json.loads(path.read_text("utf-8"))
        config |= {"prompts": prompts, "default_prompt_name": default}
        path.write_text(json.dumps(config), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def word_encoder() -> Any:
    """An encoder of two languages: a text is the sum of its words; XX is the German of xx."""
    import hashlib

    import numpy as np

    class WordEncoder:
        name, fingerprint, dim = "words", "words", 64

        def __init__(self) -> None:
            self.read: list[str] = []

        def encode(self, texts: Any, *, role: Any = None, progress: Any = None) -> Any:
            self.read += texts
            rows = [sum(map(self._word, text.lower().split())) for text in texts]
            if progress is not None:
                progress(len(texts))
            return np.array(rows, np.float32).reshape(len(texts), self.dim)

        def _word(self, word: str) -> Any:
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest())
            return np.random.default_rng(seed).normal(size=self.dim)

    return WordEncoder
