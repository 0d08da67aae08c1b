"""An export from end to end: loaded by every library, measured, refused when it is bad."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.names import fingerprint_model
from isogloss.errors import InputError, OutputFolderError
from isogloss.exports import gate
from isogloss.recipes.export import onnx as making
from isogloss.recipes.export import run
from isogloss.recipes.export.run import Exported, export
from isogloss.recipes.export.settings import ExportSettings
from isogloss.recipes.export.texts import Texts
from isogloss.reports.write import write_report
from isogloss.runs.record import ExportRecord, read_record

TEXTS = ["Where is the station?", "a", "", "The committee will decide on the timetable. " * 20]
JAVASCRIPT = os.environ.get("ISOGLOSS_TRANSFORMERS_JS", "")
"""A folder in which `npm install @huggingface/transformers` was run."""


@pytest.fixture(scope="module")
def wanted(calm_teacher: Path) -> np.ndarray:
    return SentenceTransformer(str(calm_teacher), device="cpu").encode(TEXTS)


def test_the_folder_is_still_the_model_in_sentence_transformers(
    exported: Exported, calm_teacher: Path, wanted: np.ndarray
) -> None:
    found = SentenceTransformer(str(exported.folder), device="cpu").encode(TEXTS)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert fingerprint_model(exported.folder) == fingerprint_model(calm_teacher)


def test_the_folder_loads_in_plain_transformers(exported: Exported, wanted: np.ndarray) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(exported.folder)
    inputs = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        tokens = AutoModel.from_pretrained(exported.folder)(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None]
    rows = torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1)).numpy()
    np.testing.assert_allclose(rows, wanted, atol=1e-5)


@pytest.mark.parametrize(("name", "least"), [("model", 0.9999), ("model_quantized", 0.97)])
def test_plain_onnxruntime_loads_it_as_the_guide_shows(
    exported: Exported,
    wanted: np.ndarray,
    name: str,
    least: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guide = Path(__file__).parents[3] / "docs" / "guides" / "export.md"
    _, _, rest = guide.read_text("utf-8").partition("<!-- onnxruntime -->\n```python\n")
    code = rest.partition("```")[0]
    assert 0 < len([line for line in code.splitlines() if line.strip()]) <= 10
    monkeypatch.chdir(exported.folder.parent)
    code = code.replace("runs/de-onnx", str(exported.folder)).replace("model.onnx", f"{name}.onnx")
    names: dict[str, object] = {}
    exec(code.replace('["Guten Morgen", "Good morning"]', repr(TEXTS)), names)
    rows = np.asarray(names["vectors"])
    assert rows.shape == wanted.shape
    assert (rows * wanted).sum(1).min() > least


def test_shapes_are_free(exported: Exported) -> None:
    from isogloss.exports.onnx_encoder import open_session

    session = open_session(exported.folder / "onnx" / "model.onnx")
    for batch, length in ((1, 1), (1, 64), (3, 9), (17, 2)):
        ids = np.full((batch, length), 7, np.int64)
        tokens, rows = session.run(
            ["last_hidden_state", "sentence_embedding"],
            {"input_ids": ids, "attention_mask": np.ones_like(ids)},
        )
        assert (tokens.shape, rows.shape) == ((batch, length, 64), (batch, 64))


@pytest.mark.skipif(
    not (JAVASCRIPT and shutil.which("node")),
    reason="transformers.js is NOT tried: no node, or ISOGLOSS_TRANSFORMERS_JS names no folder",
)
@pytest.mark.parametrize(("kind", "least"), [("fp32", 0.9999), ("q8", 0.97)])
def test_transformers_js_loads_it(
    exported: Exported, wanted: np.ndarray, kind: str, least: float
) -> None:
    script = """
import { AutoModel, AutoTokenizer, env } from "@huggingface/transformers";
const [folder, dtype, texts] = process.argv.slice(-3);
env.allowRemoteModels = false; env.localModelPath = folder + "/..";
const name = folder.split("/").pop();
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModel.from_pretrained(name, { dtype });
const rows = [];
for (const text of JSON.parse(texts)) {
  const inputs = await tokenizer([text], { padding: true, truncation: true });
  rows.push(Array.from((await model(inputs)).sentence_embedding.data));
}
console.log(JSON.stringify(rows));
"""
    words = ["node", "--input-type=module", "-e", script, "--"]
    done = subprocess.run(
        [*words, str(exported.folder), kind, json.dumps(TEXTS)],
        cwd=JAVASCRIPT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = np.array(json.loads(done.stdout.splitlines()[-1]))
    cosines = (rows * wanted).sum(1) / np.linalg.norm(rows, axis=1)
    assert cosines[:-1].min() > least
    assert cosines[-1] > least - 0.001  # where it cuts a text, the last special token goes too


def test_what_was_measured_is_recorded_and_reported(exported: Exported, english: Path) -> None:
    record = read_record(exported.folder)
    assert isinstance(record, ExportRecord)
    facts = record.export
    assert facts.attempts[0].name == "float32"
    kept = [each for each in facts.attempts if each.file]
    assert [each.file for each in kept] == ["onnx/model.onnx", "onnx/model_quantized.onnx"]
    assert kept[1].bytes < kept[0].bytes / 2, [(each.name, each.refused) for each in facts.attempts]
    assert all(not gate.refusals(each.fidelity) for each in kept)
    assert set(facts.speed.rates) == {"sentence-transformers", "onnx fp32", "onnx int8"}
    assert facts.processor
    assert set(exported.scores) == {"model", "onnx fp32", "onnx int8"}
    report = write_report(exported.folder).read_text("utf-8")
    for said in ("model_quantized.onnx", "English", "sentence-transformers", "1.0000"):
        assert said in report
    assert str(english.parent) not in report


def test_ranges_are_taken_from_sentences_in_other_scripts_too(
    exported: Exported, calm_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, seen = load_encoder(calm_teacher, precision="fp32"), list[list[int]]()
    monkeypatch.setattr(
        making,
        "measure_peaks",
        lambda path, batches, scratch: seen.extend(
            each["input_ids"][0].tolist() for each in batches
        ),
    )
    texts = Texts(calibration={"en": ["The station is near."]})
    making._peaks(making.Making(model, exported.folder, texts, (), {}))
    wanted = ["The station is near.", "火车八点出发。", "يغادر القطار في الثامنة."]
    assert all(ids in seen for ids in model.tokenize(wanted))


def test_a_graph_that_is_not_good_enough_is_refused_and_nothing_is_left(
    calm_teacher: Path, english: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MIN_MEAN", 1.01)
    monkeypatch.setattr(run, "PLANS", making.PLANS[:1])
    with pytest.raises(InputError, match=r"int8 is refused.*7-bit weights: en: mean cosine 0\.9"):
        export(str(calm_teacher), tmp_path / "out", quantize="int8", texts=[f"en={english}"])
    assert not list((tmp_path / "out").glob("*"))


def test_a_static_student_is_a_table_that_warns(
    calm_teacher: Path, english: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "static"
    done = export(str(calm_teacher), out, format="static", texts=[f"en={english}"], dim=16)
    assert "reads neither order nor context" in caplog.text
    model = SentenceTransformer(str(out), device="cpu")
    rows = model.encode(["the station is near", "near is the station"])
    assert rows.shape == (2, 16)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)
    assert "reads neither" in (out / "report.md").read_text("utf-8")
    assert done.record.export.speed.rates.keys() == {"sentence-transformers", "static"}
    with pytest.raises(InputError, match="is a static student"):
        export(str(out), tmp_path / "onnx")
    with pytest.raises(InputError, match="is a static student already"):
        export(str(out), tmp_path / "again", format="static")


def test_a_full_folder_is_refused(calm_teacher: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(OutputFolderError, match="is not empty"):
        export(str(calm_teacher), tmp_path)


def test_a_page_is_in_integers_whatever_is_said_of_them() -> None:
    assert ExportSettings("web").integers
    assert not ExportSettings("onnx").integers
