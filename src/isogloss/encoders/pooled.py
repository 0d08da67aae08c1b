"""Zero-shot baselines: the tokens of any encoder, pooled without training or normalization."""

import hashlib
from typing import Any, Literal, get_args

from sentence_transformers.sentence_transformer.modules import Pooling

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.modules import with_modules
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.encoders.tokens import check_body, is_static
from isogloss.errors import ModelShapeError, check_choice

PoolingMode = Literal["mean", "cls", "max"]


def load_pooled(
    name: str, pooling: str, *, precision: str = "auto", prompt: str | None = None
) -> SentenceEncoder:
    """Load an encoder that pools its last layer by mean, first token, or maximum.

    Of a Sentence Transformers model the body alone is taken: its own pooling, projection and
    normalization are left out.

    Args:
        name: folder or hub name of a transformers or Sentence Transformers encoder.
        pooling: "mean", "cls" or "max".
        precision: "auto", "fp32" or "bf16".
        prompt: text put before every sentence, `""` for none; None: the model's own prompts.

    Returns:
        The encoder; its fingerprint ends in the pooling.

    Raises:
        InputError: there is no such pooling.
        ModelShapeError: the model is a table of tokens.
        ModelNotFoundError: nothing has that name.

    Source: "mean" and "cls" of mBERT and XLM-R in tables 1 and 2 of Reimers and Gurevych 2020,
        https://arxiv.org/abs/2004.09813
    """
    check_choice("pooling", pooling, get_args(PoolingMode), "write mean:NAME")
    folder = find_model(name)
    model = load_sentence_transformer(folder)
    check_body(model, name)
    if is_static(model):
        raise ModelShapeError(
            f"model {name!r} is a static table of tokens; expected an encoder whose tokens can be"
            f" pooled; give its name without '{pooling}:'"
        )
    body: Any = model[0]
    width = int(body.get_embedding_dimension())
    return SentenceEncoder(
        with_modules(model, [body, Pooling(width, pooling)]),
        name=f"{pooling}:{name}",
        model_fingerprint=pooled_fingerprint(fingerprint_model(folder), pooling),
        precision=precision,
        prompt=prompt,
    )


def pooled_fingerprint(body: str, pooling: str) -> str:
    """A fingerprint that differs from the body's own in every part, and names the pooling."""
    digest = hashlib.sha256(f"{body} {pooling}".encode()).hexdigest()[:16]
    return f"{digest}-{pooling}"
