"""How well and how fast documents are aligned: strict and lax F1, and seconds.

The documents are real sentences in their order (news), of which some were merged, split, deleted,
or moved in paragraphs, by a seed: see `planting.py`. Scores are Vecalign's, over all documents
together. Beside the aligner stands one that pairs line i with line i, to show what the changes do.

How to run, on a machine that does nothing else:

    python benchmarks/alignment.py --model runs/de --model intfloat/multilingual-e5-small \\
        --pairs en-de.tsv.gz --corpus news

The file has English, the other language, and the name of the corpus in its columns. Seconds are
those of one more document of `--lines` lines a side, with and without the model's share.
"""

import argparse
import datetime
import gzip
import time
from collections.abc import Sequence
from pathlib import Path

from planting import Planted, plant

from isogloss.encoders.encoder import load_encoder
from isogloss.metrics.alignment import (
    Link,
    LinkCounts,
    count_links,
    lax_score,
    strict_score,
)
from isogloss.protocols import NO_ROLE, Encoder, FloatArray, Progress, Role
from isogloss.runs.provenance import environment
from isogloss.search.documents.align import AlignSettings, align_lines
from isogloss.search.documents.links import Links
from isogloss.search.documents.windows import embed_lines

HERE = Path(__file__).parent


class Timed:
    """An encoder that knows how long it took, and how many texts it read."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name, self.fingerprint, self.dim = encoder.name, encoder.fingerprint, encoder.dim
        self.seconds, self.texts = 0.0, 0

    def prompt_for(self, role: Role) -> str:
        """See `isogloss.protocols.Encoder`."""
        return self.encoder.prompt_for(role)

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """See `isogloss.protocols.Encoder`."""
        start = time.perf_counter()
        rows = self.encoder.encode(texts, role=role, progress=progress)
        self.seconds += time.perf_counter() - start
        self.texts += len(texts)
        return rows


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", action="append", required=True, help="folder or name")
    parser.add_argument("--pairs", type=Path, required=True, help="TSV, plain or gzip")
    parser.add_argument("--corpus", help="only rows with this in their third column")
    parser.add_argument("--documents", type=int, default=6)
    parser.add_argument("--sentences", type=int, default=500, help="of a document, before changes")
    parser.add_argument("--lines", type=int, default=10_000, help="of the one that is timed")
    parser.add_argument("--skip", type=int, default=0, help="pairs at the start of the file")
    parser.add_argument("--quick", action="store_true", help="2 documents of 100, 500 lines timed")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.documents, options.sentences, options.lines = 2, 100, 500
    return options


def read_pairs(path: Path, corpus: str | None) -> list[tuple[str, str]]:
    """Sentences and translations, in order."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream]
    return [(row[0], row[1]) for row in rows if corpus is None or row[2:3] == [corpus]]


def as_gold(links: Links, source: int, target: int) -> list[Link]:
    """Links as the metric wants them, lines without partner among them."""
    found: list[Link] = [
        (tuple(range(i, end)), tuple(range(j, last))) for i, end, j, last in links.rows.tolist()
    ]
    left, right = links.free(source, target)
    found += [((line,), ()) for line in left.nonzero()[0].tolist()]
    return found + [((), (line,)) for line in right.nonzero()[0].tolist()]


def align(document: Planted, encoder: Encoder, *, moved: bool = True) -> list[Link]:
    """The alignment that is measured."""
    sides = [(lines, embed_lines(lines, encoder)) for lines in (document.source, document.target)]
    links = align_lines(sides[0], sides[1], encoder, AlignSettings(moved=moved))
    return as_gold(links, len(document.source), len(document.target))


def row(name: str, counts: LinkCounts) -> str:
    """A row of the table of scores."""
    shown = [f"{score.f1:.3f}" for score in (strict_score(counts), lax_score(counts))]
    strict = strict_score(counts)
    return f"| {name} | {strict.precision:.3f} | {strict.recall:.3f} | {' | '.join(shown)} |"


def main() -> None:
    """Measure, print, write."""
    options = parse()
    pairs = read_pairs(options.pairs, options.corpus)[options.skip :]
    size = options.sentences
    documents = [
        plant(pairs[number * size : (number + 1) * size], seed=number)
        for number in range(options.documents)
    ]
    facts, date = environment(), datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    changed = sum(len(link[0]) != 1 or len(link[1]) != 1 for d in documents for link in d.gold)
    lines = [
        f"# Aligning documents, {date}",
        "",
        f"{len(documents)} documents of {size} sentence pairs of `{options.pairs.name}`; "
        f"{changed:,} of {sum(len(d.gold) for d in documents):,} links are no 1-1. "
        f"{facts.processors} processors, {facts.machine}, torch "
        f"{facts.packages['torch']}.",
        "",
        "| aligner | strict precision | strict recall | strict F1 | lax F1 |",
        "|---|---|---|---|---|",
    ]
    plain = LinkCounts(0, 0, 0, 0, 0, 0)
    for document in documents:
        count = min(len(document.source), len(document.target))
        found: list[Link] = [((line,), (line,)) for line in range(count)]
        plain = plain.plus(count_links(found, document.gold))
    lines.append(row("line i with line i", plain))
    models = {Path(name).name: Timed(load_encoder(name)) for name in options.model}
    for name, model in models.items():
        for moved in (True, False):
            counts = LinkCounts(0, 0, 0, 0, 0, 0)
            for document in documents:
                counts = counts.plus(
                    count_links(align(document, model, moved=moved), document.gold)
                )
            lines.append(row(name if moved else f"{name}, `--monotone`", counts))
        print(lines[-2], flush=True)
    lines += [
        "",
        f"One document of {options.lines:,} sentence pairs:",
        "",
        "| model | lines | texts read | seconds | of which the model's |",
        "|---|---|---|---|---|",
    ]
    document = plant(pairs[: options.lines], seed=options.documents)
    align(documents[0], next(iter(models.values())))  # compiles what is to be timed
    for name, model in models.items():
        model.seconds, model.texts = 0.0, 0
        start = time.perf_counter()
        align(document, model)
        seconds = time.perf_counter() - start
        sides = f"{len(document.source):,} × {len(document.target):,}"
        lines.append(
            f"| {name} | {sides} | {model.texts:,} | {seconds:.1f} | {model.seconds:.1f} |"
        )
    text = "\n".join(lines) + "\n"
    print(text)
    out = options.out or HERE / "results" / f"alignment-{date}.md"
    out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
