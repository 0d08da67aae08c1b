"""How long an index takes to be asked and changed, without the model: the vectors are random.

The engines `exact` and `lancedb`, beside FAISS's flat index, which holds all vectors in memory, on
the same vectors and one after the other in one process. Checked: all find the same texts.

How to run, on a machine that does nothing else:

    python benchmarks/search.py            # a million texts of 384 dimensions, 5 GB of disk
    python benchmarks/search.py --quick    # 50,000
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import faiss
import numpy as np

from isogloss.cli.terminal import show_table
from isogloss.protocols import NO_ROLE, FloatArray, Progress, Role
from isogloss.reports.tables import Table
from isogloss.search.index import Document, Index, create_index
from isogloss.vectors import normalize

REPEATED = 5
K = 10


class Numbered:
    """An encoder whose text is the number of its vector."""

    name, fingerprint = "numbered", "numbered"

    def __init__(self, vectors: FloatArray) -> None:
        self.vectors, self.dim = vectors, vectors.shape[1]

    def prompt_for(self, role: Role) -> str:
        return ""

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        return self.vectors[[int(text) for text in texts]]


def clouds(rows: int, dim: int) -> FloatArray:
    """Vectors in groups, as those of texts are: a search among random ones has no near neighbor."""
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((max(1, rows // 50), dim), dtype=np.float32)
    vectors = centers[generator.integers(0, len(centers), rows)]
    for start in range(0, rows, 65_536):
        part = vectors[start : start + 65_536]
        part += generator.standard_normal(part.shape, dtype=np.float32)
        part[:] = normalize(part)
    return vectors


def documents(first: int, count: int) -> Iterator[Document]:
    languages = ("en", "de", "fr", "ja")
    for number in range(first, first + count):
        yield Document(str(number), language=languages[number % 4], fields={"year": number % 30})


def seconds(work: Callable[[], object], repeated: int = 1) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(repeated):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(index: Index, queries: list[str], rows: int) -> list[str]:
    """Milliseconds for one query, for many at once (each), recentered, and for a change."""
    from isogloss.search.index import parse_condition

    where = [parse_condition("language=de"), parse_condition("year>=15")]
    one = seconds(lambda: index.search(queries[:1], k=K), REPEATED)
    many = seconds(lambda: index.search(queries, k=K)) / len(queries)
    chosen = seconds(lambda: index.search(queries[:1], k=K, where=where), REPEATED)
    add = seconds(lambda: index.add(documents(rows, 1_000)))
    delete = seconds(lambda: index.delete([str(n) for n in range(1, 1_001)]))
    return [f"{1_000 * value:,.1f}" for value in (one, many, chosen, add, delete)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--quick", action="store_true", help="50,000 texts")
    arguments = parser.parse_args()
    rows = 50_000 if arguments.quick else arguments.rows
    vectors = clouds(rows + 1_000, arguments.dim)
    encoder = Numbered(vectors)
    queries = [str(n) for n in range(7, rows, max(1, rows // 64))]
    asked = vectors[[int(query) for query in queries]]
    flat = faiss.IndexFlatIP(arguments.dim)
    built = seconds(lambda: flat.add(vectors[:rows]))
    one = seconds(lambda: flat.search(asked[:1], K), REPEATED)
    many = seconds(lambda: flat.search(asked, K)) / len(asked)
    expected = flat.search(asked, K)[1]
    lines = [["FAISS flat", f"{built:.1f}", f"{1e3 * one:,.1f}", f"{1e3 * many:,.1f}", *"---", "1"]]
    for engine in ("exact", "lancedb"):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            index = create_index(Path(folder) / "index", encoder, documents(0, rows), engine=engine)
            built = time.perf_counter() - start
            found = index.search(queries, k=K)
            same = np.mean(
                [
                    len({int(hit.text) for hit in hits} & set(row.tolist())) / K
                    for hits, row in zip(found, expected, strict=True)
                ]
            )
            lines.append([engine, f"{built:.1f}", *measure(index, queries, rows), f"{same:.4f}"])
    asking = ("one query ms", f"of {len(queries)}, each ms", "filtered ms")
    heads = ("engine", "build s", *asking, "add 1,000 ms", "delete 1,000 ms", f"recall@{K}")
    title = f"{rows:,} texts, {arguments.dim} dimensions"
    show_table(Table(heads, tuple(map(tuple, lines))), title=title)


if __name__ == "__main__":
    main()
