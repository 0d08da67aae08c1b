"""Encode a file of any size, and look for a text in its vectors without loading them.

python examples/encode_a_file.py runs/de sentences.txt "Where is the station?"
"""

import argparse
from pathlib import Path

import numpy as np

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a trained student")
    parser.add_argument("file", type=Path, help="a text a line")
    parser.add_argument("text", help="what to look for, in any language")
    arguments = parser.parse_args()

    out = arguments.file.with_suffix(".npy")
    # stopped halfway, by whatever, the same call goes on
    report = isogloss.encode(arguments.model, arguments.file, out)
    print(f"{report.rows:,} rows of {report.dim} numbers in {report.seconds:.1f} s, in {out}")

    [wanted] = isogloss.load(arguments.model).encode([arguments.text])
    rows = np.load(out, mmap_mode="r")
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 100_000):
        block = rows[start : start + 100_000]
        cosines[start : start + len(block)] = block @ wanted / np.linalg.norm(block, axis=1)
    best = {int(row) for row in np.argsort(-cosines)[:3]}
    with arguments.file.open(encoding="utf-8") as lines:
        found = {row: line.strip() for row, line in enumerate(lines) if row in best}
    for row in sorted(best, key=lambda row: -cosines[row]):
        print(f"{cosines[row] / np.linalg.norm(wanted):.3f}  line {row + 1}: {found[row]}")


if __name__ == "__main__":
    main()
