"""The forms of a model beside each other: size, cosine to the model, speed.

Beside isogloss's own 8-bit graph stand onnxruntime's dynamic quantization (one range for a batch,
weights per tensor or per column) and its weights-only products (MatMulNBits), made of the same
float32 graph. The same for all: process, threads, sentences, tokenizer, batches. Every form encodes
all sentences once unmeasured; then the forms take turns, and the best turn counts.

How to run, on a machine that does nothing else:

    OMP_NUM_THREADS=1 python benchmarks/exports.py --model all-MiniLM-L6-v2 --model runs/de \\
        --text en=en.txt --text de=de.txt

`--quick` takes few sentences and one turn: to see that it runs.
"""

import argparse
import datetime
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model
from isogloss.exports.gate import measure
from isogloss.exports.graph import write_graph
from isogloss.exports.int8 import measure_peaks, write_int8
from isogloss.exports.integer_graph import Plan
from isogloss.exports.onnx_encoder import OnnxEncoder, padded
from isogloss.exports.processor import processor_flags
from isogloss.exports.speed import measure_speed
from isogloss.recipes.export.texts import Texts, choose_texts
from isogloss.runs.provenance import environment
from isogloss.runs.record import find_record

HERE = Path(__file__).parent


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", action="append", required=True, help="folder or name")
    parser.add_argument("--text", action="append", default=[], help="LANG=FILE")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few sentences, one turn")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def dynamic(per_column: bool) -> Callable[[Path, Path], None]:
    """onnxruntime's dynamic quantization."""

    def make(source: Path, out: Path) -> None:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            source,
            out,
            per_channel=per_column,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
        )

    return make


def weights_only(source: Path, out: Path) -> None:
    """onnxruntime's 8-bit weights in blocks of 128, activations in 8 bits within a block."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    made = MatMulNBitsQuantizer(
        onnx.load(str(source)), bits=8, block_size=128, is_symmetric=True, accuracy_level=4
    )
    made.process()
    made.model.save_model_to_file(str(out))


def rows_of(name: str, texts: Texts, turns: int) -> list[str]:
    """The table of one model."""
    folder = find_model(name)
    model = SentenceEncoder(
        load_sentence_transformer(folder, device="cpu"), name=name, precision="fp32"
    )
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = place / "fp32.onnx"
        write_graph(model.model, source)
        calibration = [text for lines in texts.calibration.values() for text in lines]
        fp32 = OnnxEncoder(source, model, name="fp32")
        batches = (padded([ids], 0) for ids in fp32.tokenize(calibration))
        peaks = measure_peaks(source, batches, place / "peaks.onnx")
        makers: dict[str, Callable[[Path, Path], None]] = {
            f"isogloss, {plan.name}": partial(write_int8, plan=plan, peaks=peaks)
            for plan in (Plan(7), Plan(8), Plan(7, 4))
        }
        makers["onnxruntime dynamic, per tensor"] = dynamic(False)
        makers["onnxruntime dynamic, per column"] = dynamic(True)
        makers["onnxruntime weights only, 8 bits"] = weights_only
        graphs = {"onnx float32": fp32}
        for number, (label, make) in enumerate(makers.items()):
            make(source, place / f"{number}.onnx")
            graphs[label] = OnnxEncoder(place / f"{number}.onnx", model, name=label)
        return _measured(folder, model, graphs, texts, turns)


def _measured(
    folder: Path,
    model: SentenceEncoder,
    graphs: dict[str, OnnxEncoder],
    texts: Texts,
    turns: int,
) -> list[str]:
    library = SentenceTransformer(str(folder), device="cpu")
    forms: dict[str, Callable[[list[str]], object]] = {
        "sentence-transformers": lambda s: library.encode(s, show_progress_bar=False),
        "isogloss, float32": model.encode,
        **{label: graph.encode for label, graph in graphs.items()},
    }
    rates = measure_speed(forms, texts.all(), turns).rates
    first = rates["sentence-transformers"]
    wanted = {code: model.encode(lines) for code, lines in texts.measured.items()}
    lines = [
        "| form | MB | " + " | ".join(f"{code}: mean, p1; mixed" for code in wanted) + " | × |",
        "|---|---|" + "---|" * (len(wanted) + 1),
    ]
    for label, rate in rates.items():
        graph = graphs.get(label)
        found = measure(graph, texts.measured, wanted) if graph else []
        size = f"{graph.path.stat().st_size / 1e6:.1f}" if graph else ""
        cells = [
            f"{f.mean:.4f}, {f.low:.4f}; {f.mixed_mean:.4f}, {f.mixed_low:.4f}" for f in found
        ] or [""] * len(wanted)
        lines.append(f"| {label} | {size} | {' | '.join(cells)} | {rate / first:.2f} |")
    return lines


def main() -> None:
    """Measure, print, write."""
    options = parse()
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    facts = environment()
    versions = ", ".join(f"{name} {version}" for name, version in facts.packages.items())
    lines = [f"# Exports, {date}", "", f"{' '.join(processor_flags())}; {versions}.", ""]
    for name in options.model:
        texts = choose_texts(find_record(find_model(name)), options.text)
        if options.quick:
            few = {code: found[:12] for code, found in texts.measured.items()}
            texts = Texts(few, texts.calibration, texts.origin)
        turns = 1 if options.quick else options.turns
        lines += [f"## {Path(name).name}", "", f"Measured on {texts.origin}.", ""]
        lines += [*rows_of(name, texts, turns), ""]
    text = "\n".join(lines)
    print(text)
    out = options.out or HERE / "results" / f"exports-{date}.md"
    out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
