"""Open what a user names with `--model`: a model, or a baseline made from one."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from isogloss.encoders.checks.files import check_files
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.laser import load_laser
from isogloss.encoders.names import BASELINES, POOLED, find_model
from isogloss.encoders.pooled import load_pooled
from isogloss.errors import InputError, did_you_mean
from isogloss.paths import given_path
from isogloss.protocols import Encoder


class ModelName(NamedTuple):
    """A model as the user named it.

    Attributes:
        kind: one of `BASELINES`; `""` for a model as it is.
        name: folder or hub name; for laser its model, or nothing.
    """

    kind: str
    name: str

    @property
    def short(self) -> str:
        """The kind and the last part of the name."""
        last = Path(self.name).name or self.name
        return f"{self.kind}:{last}" if self.kind else last


def parse_model(text: str) -> ModelName:
    """Tell a baseline (`mean:NAME`, `laser:`) from a plain name.

    Args:
        text: what the user wrote; a folder of the whole name comes first.

    Raises:
        InputError: what stands before the colon is no kind of baseline, or no name follows.
    """
    kind, colon, name = text.partition(":")
    if not colon or given_path(text).exists() or "/" in kind or "\\" in name[:1]:
        return ModelName("", text)
    if kind not in BASELINES:
        hint = did_you_mean(kind, BASELINES, "write the name alone")
        raise InputError(
            f"model {text!r}: {kind!r} is no kind of baseline; expected one of "
            f"{', '.join(BASELINES)} before the colon; {hint}"
        )
    if kind in POOLED and not name:
        raise InputError(f"model {text!r} names no encoder; expected {kind}:NAME; add its name")
    return ModelName(kind, name)


def short_names(models: Sequence[str]) -> dict[str, str]:
    """Short label to model: the last part of its name, or the whole where that is not unique."""
    short = [parse_model(name).short for name in models]
    return {s if short.count(s) == 1 else name: name for s, name in zip(short, models, strict=True)}


def check_model(text: str) -> None:
    """Find a model, and look at its files, without loading it.

    Raises:
        InputError: see `parse_model`.
        ModelNotFoundError: nothing has that name, or a file is missing or damaged.
    """
    kind, name = parse_model(text)
    if kind != "laser":
        check_files(find_model(name))


def open_encoder(text: str, prompt: str | None = None, *, precision: str = "auto") -> Encoder:
    """Load what the user named, for reading alone; see `isogloss.encoders.fast`.

    Args:
        text: folder or hub name; `mean:NAME`, `cls:NAME` or `max:NAME` for its tokens pooled as
            they are; `laser:` for LASER2, `laser:swh_Latn` for LASER3's encoder of a language.
        prompt: text put before every sentence, `""` for none; None: the model's own prompts.
        precision: "auto", "fp32" or "bf16"; LASER knows only fp32.

    Returns:
        The encoder.

    Raises:
        InputError: see `parse_model`; a prompt for LASER, which was trained with none.
        ModelNotFoundError: nothing has that name.
        MissingExtraError: LASER's package is missing.
    """
    kind, name = parse_model(text)
    if kind == "laser" and prompt:
        raise InputError(
            f"model {text!r} was given the prompt {prompt!r}; expected none, as LASER was trained "
            'without: give one --prompt per model, --prompt "" for this one'
        )
    if kind == "laser":
        return load_laser(name)
    if kind:
        return load_pooled(name, kind, prompt=prompt, precision=precision)
    return load_encoder(name, prompt=prompt, precision=precision, fast=True)


def load(
    name: str | Path,
    *,
    precision: str = "auto",
    prompt: str | None = None,
    remote_code: bool = False,
) -> SentenceEncoder:
    """Load a model for reading: see `load_encoder`; its vectors are those of `isogloss encode`."""
    return load_encoder(
        name, precision=precision, prompt=prompt, remote_code=remote_code, fast=True, int8=True
    )
