"""Replaces the products and tables of a graph by integer ones; `int8` says why so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isogloss.protocols import FloatArray

SMOOTHING = 0.5
"""How much of the size of activations moves into the weights, 0 to 1."""

TABLE_BLOCK = 32
"""Columns of a 4-bit table that share a scale."""

MIN_TABLE = 64
"""Rows from which on what is gathered from counts as a table of embeddings."""

TINY = 1e-9
"""Least range: a row or column of zeros is divided by it."""

ZERO = 128
"""What stands for zero in unsigned activations."""


@dataclass(frozen=True)
class Plan:
    """How a graph is quantized.

    Attributes:
        weight_bits: 8 or 7.
        table_bits: 8 or 4, of the tables of embeddings.
        exact: how many of the products whose activations are most uneven stay in float32.
    """

    weight_bits: int = 7
    table_bits: int = 8
    exact: int = 0

    @property
    def name(self) -> str:
        """For people."""
        table = f", {self.table_bits}-bit table" if self.table_bits != 8 else ""
        kept = f", {self.exact} products in float32" if self.exact else ""
        return f"{self.weight_bits}-bit weights{table}{kept}"


Peaks = Mapping[str, FloatArray]
"""Largest magnitude of each channel of an activation, by its name in the graph."""


def products(graph: Any) -> dict[str, list[Any]]:
    """The products with constant weights, by the activation that they read."""
    weights = {tensor.name for tensor in graph.initializer if len(tensor.dims) == 2}
    found: dict[str, list[Any]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            found.setdefault(node.input[0], []).append(node)
    return found


def rewrite(graph: Any, plan: Plan, peaks: Peaks) -> None:
    """Replace what the plan says, in place."""
    _Rewriter(graph, plan, peaks).rewrite()


def smoothing(peaks: FloatArray, weights: Sequence[FloatArray]) -> FloatArray:
    """What each channel of an activation is divided by, and its rows of the weights multiplied.

    Args:
        peaks: of the activation, `(width,)`.
        weights: all that read it, each `(width, n)`.
    """
    largest = np.max([np.abs(weight).max(1) for weight in weights], axis=0)
    scale = np.maximum(peaks, TINY) ** SMOOTHING / np.maximum(largest, TINY) ** (1 - SMOOTHING)
    rows: FloatArray = (scale / np.exp(np.log(scale).mean())).astype(np.float32)
    return rows


@dataclass
class _Rewriter:
    """Replaces nodes of a graph, in place."""

    graph: Any
    plan: Plan
    peaks: Peaks
    nodes: list[Any] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def rewrite(self) -> None:
        """Replace all products that are to be replaced, and all tables."""
        from onnx import numpy_helper

        self.values = {t.name: t for t in self.graph.initializer}
        self.read = numpy_helper.to_array
        chosen = self._chosen()
        self.scales = {
            name: smoothing(self.peaks[name], [self.read(self.values[n.input[1]]) for n in nodes])
            for name, nodes in chosen.items()
        }
        constants = {
            "int8/zero": np.uint8(ZERO),
            "int8/one": np.float32(1),
            "int8/step": np.float32(1 / (ZERO - 1)),
            "int8/tiny": np.float32(TINY),
            "int8/axis": np.array([1], np.int64),
        }
        for name, value in constants.items():
            self._constant(name, np.asarray(value))
        replaced = {node.output[0] for nodes in chosen.values() for node in nodes}
        quantized: set[str] = set()
        for node in list(self.graph.node):
            if node.output[0] in replaced:
                if node.input[0] not in quantized:
                    quantized.add(node.input[0])
                    self._quantize(node.input[0])
                self._product(node)
            elif self._is_table(node):
                self._table(node)
            else:
                self.nodes.append(node)
        self._settle()

    def _chosen(self) -> dict[str, list[Any]]:
        """The products that are replaced: all but those with the most uneven activations."""
        found = products(self.graph)
        uneven = sorted(
            found, key=lambda name: self.peaks[name].max() / np.median(self.peaks[name])
        )
        return {name: found[name] for name in uneven[: len(uneven) - self.plan.exact]}

    def _settle(self) -> None:
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        used = {name for node in self.nodes for name in node.input}
        kept = [t for t in self.graph.initializer if t.name not in self.gone or t.name in used]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)
        del self.graph.value_info[:]  # of what is gone

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **more: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **more))
        return output

    def _quantize(self, name: str) -> None:
        """An activation as unsigned integers with a scale for every token, for all that read it."""
        width, at = len(self.scales[name]), f"int8/of/{name}"
        smooth = self._constant(f"{at}/smooth", 1 / self.scales[name])
        flat = self._constant(f"{at}/flat", np.array([-1, width], np.int64))
        self._node("Mul", [name, smooth], f"{at}/smoothed")
        self._node("Reshape", [f"{at}/smoothed", flat], f"{at}/rows")
        self._node("Abs", [f"{at}/rows"], f"{at}/sizes")
        self._node("ReduceMax", [f"{at}/sizes", "int8/axis"], f"{at}/largest", keepdims=0)
        self._node("Max", [f"{at}/largest", "int8/tiny"], f"{at}/range")
        self._node("Mul", [f"{at}/range", "int8/step"], f"{at}/scale")
        self._node("Shape", [f"{at}/scale"], f"{at}/count")
        self._node("Expand", ["int8/zero", f"{at}/count"], f"{at}/zeros")
        inputs = [f"{at}/rows", f"{at}/scale", f"{at}/zeros"]
        self._node("QuantizeLinear", inputs, f"{at}/quantized", axis=0)
        self._node("Unsqueeze", [f"{at}/scale", "int8/axis"], f"{at}/column")
        self._node("Shape", [name], f"{at}/lead", start=0, end=-1)

    def _product(self, node: Any) -> None:
        """A product of integers; what follows reads it as before."""
        name, out = node.input[0], node.output[0]
        weight, at, of = (
            self.read(self.values[node.input[1]]),
            f"int8/product/{out}",
            f"int8/of/{name}",
        )
        integers, scales = by_row((weight * self.scales[name][:, None]).T, self.plan.weight_bits)
        self._constant(f"{at}/weight", integers.T)
        self._constant(f"{at}/scale", scales[:, 0])
        self._constant(f"{at}/width", np.array([weight.shape[1]], np.int64))
        self._node(
            "MatMulIntegerToFloat",
            [f"{of}/quantized", f"{at}/weight", "int8/one", f"{at}/scale", "int8/zero"],
            f"{at}/product",
            domain="com.microsoft",
        )
        self._node("Mul", [f"{at}/product", f"{of}/column"], f"{at}/scaled")
        self._node("Concat", [f"{of}/lead", f"{at}/width"], f"{at}/shape", axis=0)
        self._node("Reshape", [f"{at}/scaled", f"{at}/shape"], out)
        self.gone.add(node.input[1])

    def _is_table(self, node: Any) -> bool:
        if node.op_type != "Gather" or node.input[0] not in self.values:
            return False
        dims = self.values[node.input[0]].dims
        return len(dims) == 2 and dims[0] >= MIN_TABLE

    def _table(self, node: Any) -> None:
        """Rows that are looked up as integers, and become floats then."""
        from onnx import TensorProto

        rows, ids, out = self.read(self.values[node.input[0]]), node.input[1], node.output[0]
        at = f"int8/table/{out}"
        self.gone.add(node.input[0])
        if self.plan.table_bits == 4 and rows.shape[1] % TABLE_BLOCK == 0:
            self._blocks(rows, ids, out)
            return
        integers, scales = by_row(rows, 8)
        self._constant(f"{at}/table", integers)
        self._constant(f"{at}/scales", scales)
        self._node("Gather", [f"{at}/table", ids], f"{at}/row")
        self._node("Gather", [f"{at}/scales", ids], f"{at}/scale")
        self._node("Cast", [f"{at}/row"], f"{at}/float", to=TensorProto.FLOAT)
        self._node("Mul", [f"{at}/float", f"{at}/scale"], out)

    def _blocks(self, rows: FloatArray, ids: str, out: str) -> None:
        """Rows of 4-bit integers, two to a byte, `TABLE_BLOCK` to a scale."""
        from onnx import TensorProto, helper

        integers, scales = by_row(rows.reshape(-1, TABLE_BLOCK), 4)
        nibbles = integers.reshape(rows.shape).view(np.uint8) & 15
        packed = (nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)).tobytes()
        at = f"int8/table/{out}"
        self.graph.initializer.append(
            helper.make_tensor(f"{at}/table", TensorProto.INT4, rows.shape, packed, raw=True)
        )
        self._constant(f"{at}/scales", scales.reshape(len(rows), -1))
        self._node(
            "GatherBlockQuantized",
            [f"{at}/table", ids, f"{at}/scales"],
            out,
            domain="com.microsoft",
            gather_axis=0,
            quantize_axis=1,
            block_size=TABLE_BLOCK,
            bits=4,
        )


def by_row(rows: FloatArray, bits: int) -> tuple[Any, FloatArray]:
    """Symmetric integers with a scale for every row.

    Args:
        rows: `(n, width)`.
        bits: of the integers, sign included.

    Returns:
        int8 `(n, width)` and float32 `(n, 1)`; their product is near `rows`.

    Example:
        >>> integers, scales = by_row(np.array([[0.5, -1.0]], np.float32), 8)
        >>> integers.tolist(), (integers * scales).round(2).tolist()
        ([[64, -127]], [[0.5, -1.0]])
    """
    top = 2 ** (bits - 1) - 1
    scales = (np.maximum(np.abs(rows).max(1, keepdims=True), TINY) / top).astype(np.float32)
    return np.clip(np.round(rows / scales), -top, top).astype(np.int8), scales
