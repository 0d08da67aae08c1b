"""What an export is asked for; checked without loading a model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from isogloss.data.languages import canonical_language
from isogloss.data.places import find_locations
from isogloss.errors import InputError, UnknownLanguageError, check_choice

Format = Literal["onnx", "static", "web"]
Quantize = Literal["none", "int8"]

FORMATS, QUANTIZES = get_args(Format), get_args(Quantize)


@dataclass(frozen=True)
class ExportSettings:
    """An export.

    Attributes:
        format: `onnx`, `static` or `web`.
        quantize: `none` or `int8`; `""` is int8 for a page, and none for all else.
        texts: `LANG=FILE` or a file of sentences, one a line, to calibrate and measure on.
        tasks: `sts:LANGS=WHERE`, scored before and after.
        dim: width of a static student, by principal components; None keeps the model's.
        assets: folder of the npm packages that a page needs, as `npm pack` leaves them; None
            downloads them once.

    Raises:
        InputError: a value is none of these, or two do not go together.
        MissingFileError: a file is missing.
    """

    format: str
    quantize: str = ""
    texts: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    dim: int | None = None
    assets: Path | None = None

    def __post_init__(self) -> None:
        check_choice("--format", self.format, FORMATS)
        check_choice("--quantize", self.quantize, ("", *QUANTIZES))
        if self.format == "static" and self.quantize == "int8":
            raise InputError(
                "--quantize int8 was given for a static student; expected none, as Sentence "
                "Transformers read its table in float32 only: leave it out"
            )
        if self.format == "web" and self.quantize == "none":
            raise InputError(
                "--quantize none was given for a page; expected int8, as a browser would load four "
                "times as much: leave it out"
            )
        for name, value, owner in (("--dim", self.dim, "static"), ("--assets", self.assets, "web")):
            if value is not None and self.format != owner:
                raise InputError(
                    f"{name} was given for --format {self.format}; expected it with {owner} alone: "
                    "leave it out"
                )
        if self.dim is not None and self.dim < 1:
            raise InputError(f"--dim is {self.dim}; expected at least 1")
        for text in self.texts:
            find_locations(named_text(text)[1], "--text")
        for task in self.tasks:
            if not task.startswith("sts:"):
                raise InputError(
                    f"--task {task!r} is no STS task; expected sts:LANGS=WHERE: score others with "
                    "`isogloss evaluate`"
                )

    @property
    def integers(self) -> bool:
        """Whether a graph in 8-bit integers is wanted."""
        return self.format == "web" or self.quantize == "int8"


def named_text(text: str) -> tuple[str, str]:
    """Language and file of `LANG=FILE`; of a file alone, its name stands for the language."""
    code, equals, file = text.partition("=")
    if equals and not Path(text).exists():
        try:
            return canonical_language(code), file
        except UnknownLanguageError:
            pass  # a file with "=" in its name, which is missing: that is told
    return Path(text).name.split(".")[0], text
