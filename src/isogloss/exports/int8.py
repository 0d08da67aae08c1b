"""A graph in 8-bit integers whose vectors do not depend on the batch they are read in.

onnxruntime's own dynamic quantization takes one range for all activations of a batch, so that a
sentence changes with its neighbors and its padding. Here every token has a scale of its own, every
column of the weights one, and the products are summed in 32-bit integers:

    y[t, j] = s[t] * w[j] * sum_k q[t, k] * v[k, j]

Before that, channels that are large in the activations are made smaller there and larger in the
weights. With 7-bit weights no sum of two products leaves 16 bits, which processors without VNNI
sum in: the vectors are the same on all of them. Rows of embedding tables have a scale each.

Source: Xiao et al. 2023, "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large
    Language Models", equation 4; Dettmers et al. 2022, "LLM.int8()", section 2 (scales by row and
    column).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.exports.integer_graph import TINY, Peaks, Plan, products, rewrite
from isogloss.protocols import FloatArray
from isogloss.writing import writing


def measure_peaks(path: Path, batches: Iterable[Mapping[str, Any]], scratch: Path) -> Peaks:
    """Run texts through a graph and note how large its activations become.

    Args:
        path: the graph in float32.
        batches: inputs without padding, such as one text each.
        scratch: a file that may be written and is removed.
    """
    import onnx

    from isogloss.exports.onnx_encoder import open_session

    model = onnx.load(str(path))
    names = list(products(model.graph))
    for name in names:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    try:
        with writing(str(scratch)):
            onnx.save(model, str(scratch))
        session = open_session(scratch)
    finally:
        scratch.unlink(missing_ok=True)
    peaks: dict[str, FloatArray] = {}
    for inputs in batches:
        for name, values in zip(names, session.run(names, dict(inputs)), strict=True):
            largest = np.abs(values).reshape(-1, values.shape[-1]).max(0)
            peaks[name] = np.maximum(peaks.get(name, TINY), largest)
    return peaks


def write_int8(source: Path, out: Path, plan: Plan, peaks: Peaks) -> None:
    """Write a graph in 8-bit integers.

    Args:
        source: the graph in float32.
        out: the file.
        plan: how.
        peaks: see `measure_peaks`.

    Raises:
        OutputFolderError: the file cannot be written.
    """
    import onnx

    model = onnx.load(str(source))
    rewrite(model.graph, plan, peaks)
    if not any(opset.domain == "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    with writing(str(out)):
        onnx.save(model, str(out))
