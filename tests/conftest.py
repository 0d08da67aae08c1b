"""The surroundings of every test: no network, own caches, no stopwatch; and a teacher for all."""

import gzip
import json
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

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


@pytest.fixture(scope="session", autouse=True)
def target_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Teachers' vectors go to a folder of the test run, never to the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOGLOSS_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def damage() -> Callable[[st.DataObject, bytes], bytes]:
    """Damages the content of a file in one of the ways that files in the field are damaged."""

    def damaged(data: st.DataObject, content: bytes) -> bytes:
        way = data.draw(st.sampled_from(WAYS), label="way")
        at = data.draw(st.integers(0, len(content)), label="at")
        lines = content.splitlines(keepends=True)
        line = min(content.count(b"\n", 0, at), len(lines) - 1)
        if way == "cut":
            return content[:at]
        if way == "flip":
            bit = 1 << data.draw(st.integers(0, 7), label="bit")
            return (
                content[:at]
                + bytes(byte ^ bit for byte in content[at : at + 1])
                + (content[at + 1 :])
            )
        if way == "put in":
            return content[:at] + data.draw(st.sampled_from(PIECES), label="piece") + content[at:]
        if way == "turn columns":
            cells = lines[line].rstrip(b"\r\n").split(b"\t")
            lines[line] = b"\t".join(cells[::-1]) + b"\n"
        elif way == "drop a line":
            del lines[line]
        elif way == "repeat a line":
            lines.insert(line, lines[line])
        elif way in ("latin-1", "cp1251", "utf-16", "utf-16-le", "utf-8-sig"):
            return content.decode("utf-8", "replace").encode(way, "replace")
        else:
            packed = gzip.compress(content)
            return packed[: 1 + at * len(packed) // (len(content) + 1)] if way == "gzip" else packed
        return b"".join(lines)

    return damaged


@pytest.fixture(scope="session")
def attempt() -> Callable[[Callable[[], Any]], Any]:
    """Reads a damaged file; None where it is refused, which is said in one line."""
    from isogloss.errors import IsoglossError

    def attempted(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except IsoglossError as error:
            assert "\n" not in str(error)
            return None

    return attempted


WAYS = (
    *("cut", "flip", "put in", "turn columns", "drop a line", "repeat a line", "gzip", "packed"),
    *("latin-1", "cp1251", "utf-16", "utf-16-le", "utf-8-sig"),
)
PIECES = (
    *(
        b"\xff",
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\t",
        b'"',
        b"\\",
        b",",
        b";",
        b"<",
        b"&",
        b"[",
        b"{",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\xed\xa0\x80",
        b"1e999",
        b"NaN",
        b"0" * 5000,
    ),
)


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
        from tokenizers import BertWordPieceTokenizer
        from transformers import BertConfig, BertModel, BertTokenizerFast

        from isogloss.samples import SOURCE, read_rows

        folder = tmp_path_factory.mktemp("teacher")
        pieces = BertWordPieceTokenizer(lowercase=True)
        english = [row[SOURCE] for row in read_rows("train")]
        pieces.train_from_iterator(english, vocab_size=800, show_progress=False)
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
