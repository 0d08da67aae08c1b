"""Models whose queries and documents take different routes, as Sentence Transformers have them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import ModelShapeError
from isogloss.exports.graph import check_whole
from isogloss.protocols import DOCUMENT, QUERY, STS, read_for, way_of
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.teacher import load_teacher
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.trim import trim
from isogloss.server.serve import open_service
from isogloss.vectors.cached import EmbeddedTexts

TEXTS = ["A lamp.", "The sun is up over the hills.", "word " * 300]


def test_each_side_takes_its_route(routed_model: Path) -> None:
    plain = SentenceTransformer(str(routed_model), device="cpu")
    texts = EmbeddedTexts("routed", load_encoder(routed_model, precision="fp32"))
    texts.add_by_role([(QUERY, TEXTS), (DOCUMENT, TEXTS), (STS, TEXTS)])
    for use, wanted in (
        (QUERY, plain.encode_query(TEXTS)),
        (DOCUMENT, plain.encode_document(TEXTS)),
        (STS, plain.encode(TEXTS)),
    ):
        got = texts.encode(TEXTS, role=use)
        np.testing.assert_allclose(got, wanted, atol=1e-5)
        np.testing.assert_allclose(read_for(texts, use).encode(TEXTS), wanted, atol=1e-5)
    assert way_of(texts, QUERY) != way_of(texts, DOCUMENT)


def test_it_teaches_and_learns_nothing(routed_model: Path, tmp_path: Path) -> None:
    name = str(routed_model)
    distilled = DistillRecipe(name, ("en-de=p.tsv",), str(tmp_path / "out"))
    distilled = replace(distilled, training=replace(distilled.training, precision="fp32"))
    tuned = FinetuneRecipe(name, str(tmp_path / "out"), sts=("de=a.tsv",))
    (tmp_path / "a.txt").write_text("A lamp.\n", encoding="utf-8")
    for work in (
        lambda: load_teacher(distilled, routed_model),
        lambda: load_start(tuned),
        lambda: trim(name, tmp_path / "out", texts=[tmp_path / "a.txt"]),
    ):
        with pytest.raises(ModelShapeError, match="begins with a Router; expected one encoder"):
            work()


def test_it_is_neither_served_nor_a_graph(routed_model: Path) -> None:
    name = str(routed_model)
    model = load_encoder(routed_model, precision="fp32").model
    for work in (lambda: open_service(name), lambda: check_whole(model, name)):
        with pytest.raises(ModelShapeError, match=r"has a Router, .* expected one way for all"):
            work()
