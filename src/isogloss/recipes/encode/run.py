"""Embed a file of texts.

texts   -> read as they come, cut into parts
vectors -> a part at a time, here or by several processes; what is whole is never embedded again
output  -> the parts joined: .npy, or Parquet with id and text
sample  -> recall of quantized vectors against whole ones
"""

import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from isogloss.console import Console, Silent
from isogloss.data.rejects import RejectFile
from isogloss.data.text import text_fingerprint
from isogloss.data.texts import Text, check_texts, count_rows, read_texts
from isogloss.errors import InputError, check_choice
from isogloss.paths import lasting_name
from isogloss.protocols import BLOCK, DOCUMENT, NO_ROLE, QUERY, READING_PRECISIONS, Encoder, Role
from isogloss.recipes.encode.outputs import SUFFIXES, join_parts, scales_path
from isogloss.recipes.encode.work import EncodeWork, Rows, load_once
from isogloss.recipes.files import check_file
from isogloss.runs.provenance import code_version
from isogloss.shards import Finished, Here, Part, Processes, open_engine, run_parts
from isogloss.vectors.quantized import QUANTIZATIONS, K, Quantization, recall
from isogloss.writing import write_json

ROLES: dict[str, Role] = {"query": QUERY, "document": DOCUMENT, "none": NO_ROLE}

SAMPLE = 4_096
"""Texts at the beginning among which the neighbors of quantized vectors are compared."""


@dataclass(frozen=True)
class EncodeReport:
    """What was embedded, and how; `OUT.json` holds it with the hashes of the parts.

    Attributes:
        out: the file.
        rows: texts, and rows of the file.
        dim: width of the vectors.
        model: as it was named.
        fingerprint: hash of all that decides the vectors.
        precision: "fp32", "bf16" or "int8".
        role: what the texts were read as.
        prompt: what stood before every text.
        quantize: "int8", "binary", or None.
        recall_at_10: share of the nearest 10 that the quantized vectors keep, on a sample; None
            where nothing is quantized, or there are too few texts.
        without_text: rows that hold no text, by reason; they were embedded as the empty text.
        source: the file that was read.
        seconds: that embedding took, the model loaded; parts that were done before took none.
        isogloss: version.
    """

    out: str
    rows: int
    dim: int
    model: str
    fingerprint: str
    precision: str
    role: str
    prompt: str
    quantize: str | None
    recall_at_10: float | None
    without_text: dict[str, int]
    source: str
    seconds: float
    isogloss: str


def encode(
    model: str | Path,
    source: str | Path,
    out: str | Path,
    *,
    column: str | None = None,
    id_column: str | None = None,
    role: str = "none",
    prompt: str | None = None,
    precision: str = "auto",
    quantize: str | None = None,
    engine: str = "local",
    workers: int | None = None,
    gpus: float = 0,
    console: Console | None = None,
) -> EncodeReport:
    """Embed the texts of a file; row i of the result belongs to row i of the file.

    The file need not fit into memory. What is done is kept in `OUT.parts`, part by part, until all
    is: the same call goes on with it, whatever ended the one before.

    Args:
        model: folder or name.
        source: see `isogloss.data.texts.read_texts`; `-` is the standard input.
        out: `.npy`, or `.parquet` with the columns `id`, `text` and `embedding`; an existing file
            is replaced once the new one is whole.
        column: which holds the texts; None finds it.
        id_column: which holds the ids; None finds it, or numbers the rows. Parquet alone keeps
            them.
        role: "query" and "document" take the model's prompt for these, "none" the default one.
        prompt: put before every text in place of the model's; `""` for none.
        precision: "auto", "fp32", "bf16" or "int8".
        quantize: "int8" or "binary" (see `isogloss.vectors.quantized`); None keeps float32.
        engine: "local" or "ray".
        workers: processes; see `isogloss.shards.open_engine`. The result is the same.
        gpus: for each worker of a Ray cluster.
        console: told how far it is; None is silent.

    Returns:
        The account.

    Raises:
        InputError: an argument cannot be used, or the model gives NaN.
        MissingFileError, DataFormatError: see `read_texts`.
        ModelNotFoundError: nothing has that name.
        MissingExtraError: Ray is asked for and not installed.
        OutputFolderError: the result cannot be written, or another process writes it.
    """
    path, target = _check_places(source, out, id_column)
    use, kind = check_words(role, quantize, precision)
    hands, console = open_engine(engine, workers, gpus=gpus), console or Silent()
    with console.stage("loading the model"):
        encoder = load_once(name := lasting_name(model), precision, prompt, None)
    start = time.monotonic()
    known = precision if isinstance(hands, Here) else encoder.precision  # as it was probed here
    threads = hands.threads if isinstance(hands, Processes) else None
    how = (known, prompt, use, kind, target.suffix.lower() == ".parquet", threads)
    work = EncodeWork(name, encoder.fingerprint, *how)
    rejects, sample = RejectFile(), Sample(kind)
    texts = read_texts(path, column, id_column=id_column, every_row=True, rejects=rejects)
    with console.stage("encoding", count_rows(path)) as advance:
        folder, parts = target.with_name(f"{target.name}.parts"), sample.watch(cut(texts, work))
        done = run_parts(folder, parts, work, engine=hands, advance=advance)
    report = EncodeReport(
        out=str(target),
        rows=sum(part.size for part in done),
        dim=encoder.dim,
        model=str(model),
        fingerprint=encoder.fingerprint,
        precision=encoder.precision,
        role=role,
        prompt=encoder.prompt_for(use),
        quantize=kind,
        recall_at_10=sample.recall(encoder, use),
        without_text=rejects.counts,
        source=str(source),
        seconds=time.monotonic() - start,
        isogloss=code_version(),
    )
    with console.stage("joining the parts"):
        _leave(report, done, target, kind)
    return report


def _check_places(source: str | Path, out: str | Path, id_column: str | None) -> tuple[str, Path]:
    """What is read and what is written, looked at before a model is loaded."""
    path, target = check_texts(source), check_file(out, *SUFFIXES, read=[source])
    if id_column is not None and target.suffix.lower() != ".parquet":
        raise InputError(
            f"--id-column {id_column} was given, and --out {str(out)!r} keeps no ids; expected a "
            "name that ends in .parquet: take one, or leave --id-column out"
        )
    return path, target


def _leave(
    report: EncodeReport, parts: list[Finished], out: Path, quantize: Quantization | None
) -> None:
    """Write the file and, beside it, the account with the hashes of its parts, which go."""
    facts = asdict(report)
    del facts["seconds"], facts["out"]  # the same bytes every time, wherever
    join_parts(parts, out, report.dim, quantize, facts)
    hashes = [{"rows": part.size, "sha256": part.sha256} for part in parts]
    scales = (
        {"scales": scales_path(out).name}
        if quantize == "int8" and out.suffix.lower() != ".parquet"
        else {}
    )
    write_json(out.with_name(f"{out.name}.json"), asdict(report) | scales | {"parts": hashes})
    shutil.rmtree(parts[0].path.parent)


def cut(texts: Iterable[Text], work: EncodeWork) -> Iterator[Part]:
    """Parts of as many texts as are sorted by length together, so that a part is what it would be
    if all were embedded in one call."""
    rest, number = iter(texts), 0
    decides = (work.fingerprint, work.role, work.quantize, work.table)
    while block := list(islice(rest, BLOCK)):
        ids = [text.id for text in block] if work.table else []
        rows = Rows(ids, [text.text for text in block])
        fingerprint = f"{decides!r} {text_fingerprint(rows.ids, rows.texts)}"
        yield Part(f"{number:08}", fingerprint, rows, len(block))
        number += 1


class Sample:
    """The first texts that come by, to tell what quantizing costs.

    Args:
        quantize: None takes no sample.
    """

    def __init__(self, quantize: Quantization | None) -> None:
        self.quantize = quantize
        self.texts: list[str] = []

    def watch(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts, of whose first the texts are remembered."""
        for part in parts:
            if self.quantize and not self.texts:
                self.texts = list(dict.fromkeys(part.payload.texts))[:SAMPLE]
            yield part

    def recall(self, encoder: Encoder, role: Role) -> float | None:
        """Share of the nearest 10 that is kept; None without enough texts."""
        if self.quantize is None or len(self.texts) <= K:
            return None
        vectors = encoder.encode(self.texts, role=role)
        _, distinct = np.unique(vectors, axis=0, return_index=True)
        rows = vectors[np.sort(distinct)]
        return recall(rows, self.quantize) if len(rows) > K else None


def check_words(
    role: str, quantize: str | None, precision: str = "auto"
) -> tuple[Role, Quantization | None]:
    """A role and a quantization by their names.

    Raises:
        InputError: there is no such one.
    """
    check_choice("--role", role, ROLES)
    check_choice("--precision", precision, READING_PRECISIONS)
    if quantize is not None:
        check_choice("--quantize-vectors", quantize, QUANTIZATIONS, "leave it out for float32")
    return ROLES[role], next((name for name in QUANTIZATIONS if name == quantize), None)
