"""What a fine-tuning starts from: plain encoders and static models too; what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

from isogloss.errors import InputError, ModelShapeError
from isogloss.recipes.finetune.prepare import find_pivot, load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.samples import read_rows
from isogloss.training.finetune.settings import FinetuneSettings


@pytest.mark.parametrize("judged", [False, True])
def test_triplets_teach_a_plain_encoder(
    make_teacher: Callable[..., Path], tmp_path: Path, judged: bool
) -> None:
    rows = read_rows("train")[:60]
    text = "".join(
        f"{a['en']}\t{a['en'].rstrip('.')} indeed.\t{b['en']}\n"
        for a, b in zip(rows, rows[1:] + rows[:1], strict=True)
    )
    (tmp_path / "nli.tsv").write_text(text, encoding="utf-8")
    graded = [(row["score"], row["en1"], row["en2"]) for row in read_rows("graded")[:60]]
    (tmp_path / "dev.tsv").write_text("".join("\t".join(row) + "\n" for row in graded), "utf-8")
    body = make_teacher().parent / "body"  # no pooling of its own
    recipe = FinetuneRecipe(
        model=str(body),
        dev=(f"en={tmp_path / 'dev.tsv'}",) if judged else (),
        out=str(tmp_path / "out"),
        nli=(f"en={tmp_path / 'nli.tsv'}",),
        pooling="cls",
        training=FinetuneSettings(epochs=4, learning_rate=1e-3, batch_size=16, precision="fp32"),
    )
    run = finetune(recipe).record
    assert run.student.pooling == "cls"
    assert run.data.triplets == 60
    assert ["spearman" in look.dev for look in run.training.history] == 4 * [judged]
    model = SentenceTransformer(str(tmp_path / "out"), device="cpu")
    assert model[1].pooling_mode == "cls"


def test_another_pooling_is_another_model(
    finetune_recipe: FinetuneRecipe, make_teacher: Callable[..., Path]
) -> None:
    """Its vectors are kept by its fingerprint."""
    body = str(make_teacher().parent / "body")
    modes = (None, "mean", "cls")
    models = [load_start(replace(finetune_recipe, model=body, pooling=mode)) for mode in modes]
    assert len({model.fingerprint for model in models}) == 3


def test_a_rate_of_tokens_that_stay_is_refused_but_for_a_static_model(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    training = FinetuneSettings(token_learning_rate=1e-3)
    with pytest.raises(InputError, match=r"token_learning_rate is 0\.001 .*frozen_tokens=false"):
        load_start(replace(finetune_recipe, training=training))
    learns = FinetuneSettings(token_learning_rate=1e-3, frozen_tokens=False, frozen_lower_layers=0)
    load_start(replace(finetune_recipe, training=learns))
    tokenizer = load_start(finetune_recipe).model.tokenizer
    table = StaticEmbedding(tokenizer._tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[table], device="cpu").save(str(tmp_path / "static"))
    load_start(replace(finetune_recipe, model=str(tmp_path / "static"), training=training))


def test_the_pivot_is_a_code_of_the_registry(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    place = f"ua={tmp_path / 'uk.tsv'}"
    assert find_pivot(replace(finetune_recipe, sts=(place,))) == "uk"
    assert find_pivot(replace(finetune_recipe, pivot="ua")) == "uk"
    assert find_pivot(finetune_recipe) == "en"


def test_mistakes_are_refused_before_any_work(
    finetune_recipe: FinetuneRecipe,
    make_decoder: Callable[[], Path],
    make_teacher: Callable[..., Path],
    tmp_path: Path,
) -> None:
    def wrong(**values: Any) -> FinetuneRecipe:
        return replace(finetune_recipe, out=str(tmp_path / "out"), **values)

    with pytest.raises(ModelShapeError, match="a decoder"):
        finetune(wrong(model=str(make_decoder())))
    with pytest.raises(ModelShapeError, match="16 dimensions"):
        finetune(wrong(teacher=str(make_teacher(hidden=16))))
    with pytest.raises(InputError, match="pivot 'fr' is none of the languages"):
        finetune(wrong(crossings="pivot", pivot="fr"))
    with pytest.raises(InputError, match="neither graded pairs nor triplets"):
        wrong(sts=())
    with pytest.raises(InputError, match=r"dev_share is 0\.9"):
        wrong(dev_share=0.9)
    assert not (tmp_path / "out").exists()


def test_the_table_of_a_static_model_learns(
    finetune_recipe: FinetuneRecipe, tiny_teacher: Path, tmp_path: Path
) -> None:
    tokenizer = SentenceTransformer(str(tiny_teacher), device="cpu").tokenizer.backend_tokenizer
    table = StaticEmbedding(tokenizer, embedding_dim=32)
    start = tmp_path / "static"
    SentenceTransformer(modules=[table], device="cpu").save_pretrained(str(start))
    recipe = replace(
        finetune_recipe,
        model=str(start),
        out=str(tmp_path / "o"),
        training=FinetuneSettings(epochs=1, precision="fp32"),
    )
    finetune(recipe)
    before, after = (SentenceTransformer(str(f), device="cpu") for f in (start, recipe.out))
    assert not np.allclose(before.encode(["A dog."]), after.encode(["A dog."]), atol=1e-4)
    card = (Path(recipe.out) / "README.md").read_text("utf-8")
    assert "With transformers alone" not in card


def test_a_run_spares_what_it_starts_from(finetune_recipe: FinetuneRecipe) -> None:
    for out in (finetune_recipe.model, str(Path(finetune_recipe.model).parent)):
        with pytest.raises(InputError, match="which this run starts from"):
            finetune(replace(finetune_recipe, out=out), overwrite=True)
