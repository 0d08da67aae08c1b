"""Whether a change of the code left the results as they were: same weights, same scores.

Four models are trained on the corpus that ships with the package, by the command line, with a fixed
seed and a fixed number of epochs, in fp32 on one thread: a transplant, a static student, a
pretrained student (of a small random encoder made here), and a fine-tuned model. The hashes of
their weights and tokenizers and their scores on the sample tests are written to a JSON file; with
`--against` they are compared with such a file, and the exit status is 1 where they differ.

How to run, before a change and after it, on the same machine with the same libraries:

    python benchmarks/same_results.py before.json
    python benchmarks/same_results.py after.json --against before.json

Another processor, or another version of torch, may give other weights: the file names both. Takes
two to three minutes on a machine that does nothing else.
"""

import argparse
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from isogloss.samples import LANGUAGES, SOURCE, read_rows

logger = logging.getLogger("same_results")

TEACHER = "all-MiniLM-L6-v2"
TARGETS = tuple(language for language in LANGUAGES if language != SOURCE)
MODELS = ("transplant", "static", "pretrained", "finetuned")
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
HASHED = (".safetensors", "tokenizer.json")


def main() -> None:
    """Train, hash, write, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="the JSON file to write")
    parser.add_argument("--against", type=Path, help="a JSON file written earlier, to compare with")
    parser.add_argument("--epochs", type=float, default=0.1, help="of each distillation")
    parser.add_argument("--only", nargs="+", default=MODELS, choices=MODELS, help="some of them")
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    with tempfile.TemporaryDirectory(prefix="isogloss-same-results-") as name:
        results = train_all(Path(name), options.epochs, options.only)
    text = json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    options.out.write_text(text, encoding="utf-8", newline="\n")
    logger.info("written to %s", options.out)
    if options.against:
        found = differences(json.loads(options.against.read_text("utf-8")), results)
        logger.info("%s", "\n".join(found) if found else f"the same as {options.against}")
        sys.exit(1 if found else 0)


def train_all(work: Path, epochs: float, chosen: Sequence[str]) -> dict[str, Any]:
    """The results of every model, and what they were trained with."""
    import torch

    data = work / "data"
    data.mkdir()
    write_data(data)
    commands = {
        "transplant": distill(data, epochs),
        "static": [*distill(data, epochs), "--student", "static"],
        "pretrained": [*distill(data, epochs), "--student", str(make_encoder(work / "encoder"))],
        "finetuned": finetune(data),
    }
    results: dict[str, Any] = {"torch": torch.__version__, "processor": _processor()}
    for name in chosen:
        out = work / name
        _isogloss([*commands[name], "--out", str(out)], work / "cache")
        results[name] = {"sha256": hashes(out), "scores": scores(out)}
        logger.info("%s: done", name)
    return results


def distill(data: Path, epochs: float) -> list[str]:
    """The words of a distillation, without its student and its folder."""
    words = ["distill", "--teacher", TEACHER, "--epochs", str(epochs), *COMMON]
    for target in TARGETS:
        words += ["--pairs", f"{SOURCE}-{target}={data / f'train.{target}.tsv'}"]
        words += ["--task", f"bitext:{SOURCE}-{target}={data / f'held_out.{target}.tsv'}"]
        words += ["--task", f"sts:{SOURCE}-{target}={data / f'graded.{SOURCE}-{target}.tsv'}"]
    return words


def finetune(data: Path) -> list[str]:
    """The words of a fine-tuning with parallel sentences to hold on to, without its folder."""
    words = ["finetune", "--model", TEACHER, "--epochs", "0.25", *COMMON]
    for language in (SOURCE, TARGETS[0]):
        words += ["--sts", f"{language}={data / f'graded.{language}-{language}.tsv'}"]
    words += ["--pairs", f"{SOURCE}-{TARGETS[0]}={data / f'train.{TARGETS[0]}.tsv'}"]
    return words


COMMON = ("--seed", "7", "--set", "training.precision=fp32", "--set", "training.evaluations=2")
"""Of every run."""


def write_data(folder: Path) -> None:
    """The sample corpus, as the files a user would have."""
    graded = read_rows("graded")
    for target in TARGETS:
        for name in ("train", "held_out"):
            rows = read_rows(name)[:400]
            _write(folder / f"{name}.{target}.tsv", ((r[SOURCE], r[target]) for r in rows))
        path = folder / f"graded.{SOURCE}-{target}.tsv"
        _write(path, ((r["score"], r[f"{SOURCE}1"], r[f"{target}2"]) for r in graded))
    for one in LANGUAGES:
        path = folder / f"graded.{one}-{one}.tsv"
        _write(path, ((r["score"], r[f"{one}1"], r[f"{one}2"]) for r in graded))


def make_encoder(folder: Path) -> Path:
    """A BERT of two layers with random weights, whose WordPiece knows the four languages.

    Its pieces are characters and the most frequent words: the trainers of the library tokenizers
    settle ties by chance.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    texts = [row[language] for row in read_rows("train") for language in LANGUAGES]
    words = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text))
    letters = sorted({letter for word in words for letter in word})
    frequent = sorted(words, key=lambda word: (-words[word], word))[:3_000]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = [*special, *letters, *(f"##{letter}" for letter in letters), *frequent]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=128,
        initializer_range=0.3,  # wide enough for vectors that differ from each other
    )
    BertModel(config).save_pretrained(folder)
    tokenizer = BertTokenizer(vocab=vocabulary, do_lower_case=False, model_max_length=128)
    tokenizer.save_pretrained(folder)
    return folder


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of every file of weights and of the tokenizer, by its place in the model."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.name.endswith(HASHED) and "work" not in place.parts:
            found[place.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def scores(folder: Path) -> dict[str, list[float | None]]:
    """The values of `scores.json` in their order, by model, task, languages and metric."""
    found: dict[str, list[float | None]] = {}
    for row in json.loads((folder / "scores.json").read_text("utf-8")):
        key = " ".join(row[name] for name in ("model", "task", "languages", "metric"))
        found.setdefault(key, []).append(row["value"])
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """A line for each value that is not the same in both."""
    one, two = dict(_leaves(before)), dict(_leaves(after))
    return [
        f"{key}: {one.get(key, 'missing')} before, {two.get(key, 'missing')} after"
        for key in sorted(one.keys() | two.keys())
        if one.get(key, "missing") != two.get(key, "missing")
    ]


def _leaves(value: Any, place: str = "") -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield place, value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{place} / {key}" if place else key)


def _isogloss(words: Sequence[str], cache: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "isogloss", *words],
        env=os.environ | ONE_THREAD | {"ISOGLOSS_CACHE": str(cache)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.exit(f"isogloss {' '.join(words)}\n{done.stderr}")


def _processor() -> str:
    import torch

    return torch.backends.cpu.get_cpu_capability()


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
