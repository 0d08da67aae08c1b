"""A graph in 8-bit integers: what it computes, and that a neighbor changes nothing."""

import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.exports.int8 import measure_peaks, write_int8
from isogloss.exports.integer_graph import Plan, by_row, smoothing
from isogloss.exports.onnx_encoder import open_session
from isogloss.exports.processor import processor_flags

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

WIDTH, ROWS = 32, 100

OVERFLOWS = platform.machine().lower() in ("x86_64", "amd64") and not any(
    flag.endswith("_vnni") or flag == "amx_int8" for flag in processor_flags()
)
eight = pytest.mark.skipif(OVERFLOWS, reason="products of 8-bit weights overflow here")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of a table times two matrices, with an activation that has one huge channel."""
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(0)
    table = draw.normal(size=(ROWS, WIDTH)).astype(np.float32)
    table[:, 3] *= 40
    one, two = (draw.normal(size=(WIDTH, n)).astype(np.float32) for n in (WIDTH, 8))
    values = {"table": table, "one": one, "two": two, "bias": np.ones(8, np.float32)}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["read"]),
        helper.make_node("MatMul", ["read", "one"], ["mid"]),
        helper.make_node("Tanh", ["mid"], ["bent"]),
        helper.make_node("MatMul", ["bent", "two"], ["out"]),
        helper.make_node("Add", ["out", "bias"], ["sum"]),
    ]
    body = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "l"])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["b", "l", 8])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    path = tmp_path_factory.mktemp("graph") / "model.onnx"
    onnx.save(model, str(path))
    return path


def run(path: Path, ids: Any) -> Any:
    return open_session(path).run(["sum"], {"input_ids": np.asarray(ids, np.int64)})[0]


@pytest.fixture(scope="module")
def peaks(graph: Path) -> Any:
    ids = np.arange(ROWS)[None]
    return measure_peaks(graph, [{"input_ids": ids}], graph.with_name(".peaks.onnx"))


def test_peaks_are_the_largest_magnitudes_of_each_channel(graph: Path, peaks: Any) -> None:
    table = onnx.numpy_helper.to_array(onnx.load(str(graph)).graph.initializer[0])
    np.testing.assert_allclose(peaks["read"], np.abs(table).max(0))
    assert set(peaks) == {"read", "bent"}
    assert not graph.with_name(".peaks.onnx").exists()


@pytest.mark.parametrize(
    ("plan", "most"),
    [
        pytest.param(Plan(8), 0.03, marks=eight),
        (Plan(7), 0.05),
        pytest.param(Plan(8, table_bits=4), 0.3, marks=eight),
        (Plan(7, table_bits=4), 0.3),
        pytest.param(Plan(8, exact=1), 0.03, marks=eight),
        (Plan(7, exact=1), 0.05),
    ],
)
def test_integers_give_nearly_what_floats_give(
    graph: Path, peaks: Any, tmp_path: Path, plan: Plan, most: float
) -> None:
    out = tmp_path / "int8.onnx"
    write_int8(graph, out, plan, peaks)
    ids = np.arange(ROWS).reshape(4, -1)
    wanted, found = run(graph, ids), run(out, ids)
    assert np.abs(found - wanted).mean() / np.abs(wanted).mean() < most
    kinds = [node.op_type for node in onnx.load(str(out)).graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 2 - plan.exact
    assert kinds.count("MatMul") == plan.exact
    assert ("GatherBlockQuantized" in kinds) == (plan.table_bits == 4)


@pytest.mark.parametrize("bits", [pytest.param(8, marks=eight), 7])
def test_a_product_is_what_the_definition_says(
    graph: Path, peaks: Any, tmp_path: Path, bits: int
) -> None:
    out = tmp_path / "int8.onnx"
    write_int8(graph, out, Plan(bits), peaks)
    values = {
        t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(str(graph)).graph.initializer
    }
    weight, rows = values["one"], values["table"]
    integers, scales = by_row(rows, 8)
    read = integers * scales
    smooth = smoothing(peaks["read"], [weight])
    q, s = by_row(read / smooth, 8)
    v, w = by_row((weight * smooth[:, None]).T, bits)
    bent = np.tanh((q.astype(np.int32) @ v.T.astype(np.int32)) * s * w.T)
    smooth = smoothing(peaks["bent"], [values["two"]])
    q, s = by_row(bent / smooth, 8)
    v, w = by_row((values["two"] * smooth[:, None]).T, bits)
    wanted = (q.astype(np.int32) @ v.T.astype(np.int32)) * s * w.T + values["bias"]
    found = run(out, np.arange(ROWS)[None])[0]
    assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()
    assert np.abs(found - wanted).mean() < 1e-3 * np.abs(wanted).mean()


def test_a_row_is_the_same_to_the_last_bit_whatever_stands_beside_it(
    graph: Path, peaks: Any, tmp_path: Path
) -> None:
    out = tmp_path / "int8.onnx"
    write_int8(graph, out, Plan(7), peaks)
    together = run(out, np.arange(ROWS).reshape(2, -1))
    for at in (0, 17, 49):
        np.testing.assert_array_equal(run(out, [[at]])[0, 0], together[0, at])


def test_seven_bits_keep_every_sum_of_two_products_within_sixteen(
    graph: Path, peaks: Any, tmp_path: Path
) -> None:
    out = tmp_path / "int8.onnx"
    write_int8(graph, out, Plan(7), peaks)
    weights = [
        onnx.numpy_helper.to_array(t)
        for t in onnx.load(str(out)).graph.initializer
        if t.name.endswith("/weight")
    ]
    assert len(weights) == 2
    assert all(2 * 255 * np.abs(w.astype(int)).max() < 2**15 for w in weights)


@pytest.mark.parametrize("bits", [8, 7, 4])
def test_rows_come_back_within_half_a_step(bits: int) -> None:
    rows = np.random.default_rng(1).normal(size=(20, 16)).astype(np.float32)
    rows[0] = 0
    integers, scales = by_row(rows, bits)
    assert np.abs(integers).max() == 2 ** (bits - 1) - 1
    assert (np.abs(integers * scales - rows) <= scales * 0.5001).all()
    assert not integers[0].any()
