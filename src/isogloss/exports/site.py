"""A folder that any web server can show: a page which runs a graph in the browser."""

import gzip
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.tokens import max_tokens, pad_id
from isogloss.exports.npm import PACKAGES
from isogloss.writing import write_json, write_whole

PAGE = ("index.html", "style.css", "app.js", "encoder.js", "tokenizer.js", "precompiled.js")

MAX_BYTES = 40 * 10**6
"""A page that is larger is warned of."""


def write_site(
    out: Path,
    graph: Path,
    model: SentenceTransformer,
    scripts: Mapping[str, bytes],
    facts: Mapping[str, Any],
) -> int:
    """Write a page.

    Large files that pack well are packed, and unpacked by the page: not every server does that.

    Args:
        out: the folder.
        graph: the graph that it runs; moved into the folder.
        model: whose graph it is.
        scripts: see `script_files`.
        facts: what the page shows: `name`, `languages`, `prompt`, `limits`.

    Returns:
        Bytes of the whole page.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    beside = files(__package__).joinpath("page")
    for name in PAGE:
        write_whole(out / name, beside.joinpath(name).read_bytes())
    for name, content in scripts.items():
        packed = name.endswith(".wasm")
        write_whole(
            out / (f"{name}.gz" if packed else name), _packed(content) if packed else content
        )
    state = json.dumps(tokenizer_state(model.tokenizer), ensure_ascii=False)
    write_whole(out / "tokenizer.json.gz", _packed(state.encode()))
    graph.replace(out / "model.onnx")
    known = examples()
    codes = [code for code in facts["languages"] if code in known] or ["en"]
    settings = {
        "max_length": max_tokens(model),
        "pad_id": pad_id(model),
        "dim": model.get_embedding_dimension(),
        "examples": [
            {"language": code, "text": known[code][at]} for at in range(3) for code in codes
        ],
    }
    write_json(out / "model.json", dict(facts) | settings)
    third = (
        f"{p.name} {p.version}, {p.license}, https://www.npmjs.com/package/{p.name}"
        for p in PACKAGES
    )
    write_whole(out / "THIRD_PARTY.txt", "\n".join(["This page contains:", *third]) + "\n")
    return sum(path.stat().st_size for path in out.iterdir() if path.is_file())


def examples() -> dict[str, list[str]]:
    """Three sentences in each of several languages, the same ones, by language."""
    text = files(__package__).joinpath("page", "examples.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)
    return found


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
