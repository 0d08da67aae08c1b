"""The precision that a model is read in: the fastest in which its embeddings stay what they are."""

import logging
from collections.abc import Callable, Sequence

from sentence_transformers import SentenceTransformer
from torch import nn

from isogloss.encoders.fast import int8
from isogloss.encoders.precision import PROBE, Precision, choose_precision, remembered, sound
from isogloss.errors import check_choice
from isogloss.protocols import READING_PRECISIONS, FloatArray
from isogloss.samples import LANGUAGES, read_rows
from isogloss.threads import one_thread_each

logger = logging.getLogger(__name__)

N_TEXTS = 24
"""Sentences of each language that ranges are taken from, and as many others to measure on."""

Embed = Callable[[Sequence[str], Precision], FloatArray]
"""Gives embeddings of texts in a precision, in which the model then is read."""


def choose_reading_precision(
    wanted: str, model: SentenceTransformer, fingerprint: str, embed: Embed, *, suits: bool
) -> Precision:
    """Choose, and prepare the model for what is chosen.

    Args:
        wanted: "fp32" and "bf16" are taken as they are; "auto" is bf16 or int8 where that is faster
            and moves no embedding far, "int8" is so without asking whether it is faster.
        model: who reads.
        fingerprint: of the model; what was found is kept for it, see `remembered`.
        embed: what it makes of texts.
        suits: whether it is packed and reads without padding, as int8 needs it.

    Returns:
        What it is read in.

    Raises:
        InputError: there is no such precision.
    """
    check_choice("precision", wanted, READING_PRECISIONS)
    found = choose_precision("auto" if wanted == "int8" else wanted, model.device.type)
    if wanted in ("fp32", "bf16"):
        return found
    if found == "bf16":

        def probe() -> Precision:
            return "bf16" if sound(lambda precision: embed(PROBE, precision)) else "fp32"

        found = remembered(fingerprint, model.device, probe)
    if found == "bf16" and suits and int8.suits(model):
        found = _integers(model, fingerprint, embed, faster=wanted == "auto")
    if wanted == "int8" != found:
        logger.warning("int8 does not suit this model or machine: %s is used", found)
    return found


def _integers(
    model: SentenceTransformer, fingerprint: str, embed: Embed, *, faster: bool
) -> Precision:
    """ "int8" if its embeddings are near enough, else "bf16", and the model is left as it is."""

    def read() -> None:
        with one_thread_each(1) as pool:
            pool.submit(embed, _texts("train"), "bf16").result()

    made: dict[nn.Linear, int8.Int8Linear] = {}

    def probe() -> Precision:
        if not faster or int8.gains():
            made.update(int8.quantize(model, read))
        if not made:
            return "bf16"

        def in_precision(precision: Precision) -> FloatArray:
            (int8.use if precision == "int8" else int8.leave)(made)
            return embed(_texts("held_out"), precision)

        return "int8" if sound(in_precision, "int8") else "bf16"  # fp32 comes last

    of = f"{fingerprint} int8{', faster' * faster}" if fingerprint else ""
    found = remembered(of, model.device, probe)
    if found == "int8":
        int8.use(made or int8.quantize(model, read))
    return found


def _texts(name: str) -> list[str]:
    """Sentences in each language, no two of them translations of each other."""
    rows, n = read_rows(name), len(LANGUAGES)
    return [row[LANGUAGES[at % n]] for at, row in enumerate(rows[: n * N_TEXTS])]
