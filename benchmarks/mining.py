"""How fast exact neighbors in both directions are found here, and that they are the right ones.

The same for all: machine, vectors, threads, k = 4. The sides take turns, so that a machine that
slows down slows all of them; each is called once on a part before, so that nothing is compiled or
loaded in the time. Timed: from vectors of length 1 to the neighbors of both sides. The sides:

    isogloss      one pass over the matrix in both directions, rough in bf16, candidates in full
    isogloss-fp32 the same, rough in fp32
    faiss         two searches of IndexFlatIP, one a direction: the searches of LASER's mining
    sentence-transformers  `util.semantic_search` both ways: the searches of its mining example

The vectors are half translations of each other (equal but for noise), half alone. Top-1 of every
side is compared with faiss's. Memory is what a process of its own takes beyond the vectors.

How to run, on a machine that does nothing else:

    python benchmarks/mining.py            # 50,000 x 50,000, d = 384
    python benchmarks/mining.py --quick    # 8,000 x 8,000
    python benchmarks/mining.py --rate 1000000   # the rate of a part of so many by so many rows
"""

import argparse
import datetime
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from isogloss.protocols import FloatArray
from isogloss.runs.provenance import environment, peak_memory_bytes
from isogloss.search.mining.exact import nearest_both, search_rows
from isogloss.vectors.similarity import normalize

HERE = Path(__file__).parent
K = 4
Found = tuple[np.ndarray, np.ndarray]


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=50_000, help="of each side")
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=list(SIDES))
    parser.add_argument("--quick", action="store_true", help="8,000 rows, one turn")
    parser.add_argument("--rate", type=int, help="measure a part of a search of so many rows")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def vectors(rows: int, dim: int) -> tuple[FloatArray, FloatArray]:
    """Two sides of which half are translations of each other."""
    generator = np.random.default_rng(0)
    a = generator.standard_normal((rows, dim), np.float32)
    b = generator.standard_normal((rows, dim), np.float32)
    b[::2] = a[::2] + 0.6 * b[::2]
    return normalize(a), normalize(b[generator.permutation(rows)])


def isogloss(a: FloatArray, b: FloatArray) -> Found:
    """One pass, rough in what is fast here."""
    both = nearest_both(a, b, K)
    return both.forward.indices, both.backward.indices


def isogloss_fp32(a: FloatArray, b: FloatArray) -> Found:
    """One pass, rough in fp32."""
    both = nearest_both(a, b, K, precision="fp32")
    return both.forward.indices, both.backward.indices


def faiss(a: FloatArray, b: FloatArray) -> Found:
    """Two searches of a flat index."""
    import faiss as library

    library.omp_set_num_threads(torch.get_num_threads())
    found = []
    for queries, pool in ((a, b), (b, a)):
        index = library.IndexFlatIP(pool.shape[1])
        index.add(pool)
        found.append(index.search(queries, K)[1])
    return found[0], found[1]


def sentence_transformers(a: FloatArray, b: FloatArray) -> Found:
    """Two searches of sentence-transformers."""
    from sentence_transformers.util import dot_score, semantic_search

    found = []
    for queries, pool in ((a, b), (b, a)):
        hits = semantic_search(
            torch.from_numpy(queries), torch.from_numpy(pool), top_k=K, score_function=dot_score
        )
        found.append(np.array([[hit["corpus_id"] for hit in row] for row in hits]))
    return found[0], found[1]


SIDES: dict[str, Callable[[FloatArray, FloatArray], Found]] = {
    "isogloss": isogloss,
    "isogloss-fp32": isogloss_fp32,
    "faiss": faiss,
    "sentence-transformers": sentence_transformers,
}


def memory_of(side: str, a: FloatArray, b: FloatArray) -> float:
    """MiB that a process of its own takes at its peak beyond what it has with the vectors."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/a.npy", a)
        np.save(f"{folder}/b.npy", b)
        subprocess.run([sys.executable, __file__, "--sides", side, "--memory", folder], check=True)
        return float((Path(folder) / "taken").read_text(encoding="utf-8"))


def write_memory(side: str, folder: Path) -> None:
    """Run one side, and write what it took."""
    a, b = (np.load(folder / f"{name}.npy") for name in "ab")
    SIDES[side](a[:2_000], b[:2_000])
    before = peak()
    SIDES[side](a, b)
    (folder / "taken").write_text(str(peak() - before), encoding="utf-8")


def peak() -> float:
    """Peak memory of this process in MiB."""
    return (peak_memory_bytes() or 0) / 2**20


def forget_peak() -> None:
    """Let the peak be what is held now: drawing the vectors took more than searching them."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def show_rate(rows: int, dim: int) -> str:
    """What a part of a large search takes, and what the whole would."""
    part = 32_768
    generator = np.random.default_rng(0)
    b = normalize(generator.standard_normal((rows, dim), np.float32))
    a = normalize(generator.standard_normal((part, dim), np.float32))
    search_rows(a[:1_000], b[:1_000], K)
    forget_peak()
    before = peak()
    start = time.perf_counter()
    search_rows(a, b, K)
    seconds = time.perf_counter() - start
    taken = peak() - before
    return (
        f"A part of {part:,} by {rows:,} rows: {seconds:.0f} s, {part * rows / seconds / 1e9:.3f} "
        f"billion cosines a second in both directions, {taken:,.0f} MiB beyond the vectors; "
        f"{rows:,} by {rows:,} rows: {seconds * rows / part / 3600:.2f} h.\n"
    )


def measure(options: argparse.Namespace) -> list[str]:
    """The lines of the table."""
    a, b = vectors(options.rows, options.dim)
    seconds: dict[str, list[float]] = {side: [] for side in options.sides}
    found: dict[str, Found] = {}
    for side in options.sides:
        SIDES[side](a[:2_000], b[:2_000])
    for _ in range(options.repeats):
        for side in options.sides:
            start = time.perf_counter()
            found[side] = SIDES[side](a, b)
            seconds[side].append(time.perf_counter() - start)
    other = "faiss" if "faiss" in found else options.sides[-1]
    lines = []
    for side in options.sides:
        same = [
            float((ours[:, 0] == theirs[:, 0]).mean())
            for ours, theirs in zip(found[side], found[other], strict=True)
        ]
        middle = statistics.median(seconds[side])
        ratio = statistics.median(seconds[other]) / middle
        lines.append(
            f"| {side} | {middle:.1f} | {min(seconds[side]):.1f}, {max(seconds[side]):.1f} | "
            f"{ratio:.2f} | {min(same):.4%} | {memory_of(side, a, b):,.0f} |"
        )
    return lines


def main() -> None:
    """Measure, print, write."""
    options = parse()
    if options.quick:
        options.rows, options.repeats = 8_000, 1
    if options.memory:
        write_memory(options.sides[0], options.memory)
        return
    facts = environment()
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    machine = (
        f"{torch.get_num_threads()} threads of {facts.processors} processors, "
        f"{facts.machine}, torch {facts.packages['torch']}"
    )
    if options.rate:
        text = f"# A part of a large search, {date}\n\n{machine}.\n\n"
        text += show_rate(options.rate, options.dim)
    else:
        lines = measure(options)
        text = "\n".join(
            [
                f"# Mining, {date}",
                "",
                f"{options.rows:,} by {options.rows:,} vectors, d = {options.dim}, k = {K}, median "
                f"of {options.repeats} turns; {machine}.",
                "",
                "| side | seconds | fastest, slowest | times as fast as faiss | top-1 as faiss | "
                "MiB beyond the vectors |",
                "|---|---|---|---|---|---|",
                *lines,
                "",
            ]
        )
    print(text)
    out = options.out or (None if options.quick else HERE / "results" / f"mining-{date}.md")
    if out is not None:
        with out.open("a", encoding="utf-8") as stream:
            stream.write(text)


if __name__ == "__main__":
    main()
