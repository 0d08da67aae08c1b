"""What translates: texts in, translations with a score out."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Translation(NamedTuple):
    """A translated text.

    Attributes:
        text: the translation.
        score: how sure the translator is, from 0 to 1; None where it does not say.
        tokens_in: tokens that a server read, if it tells.
        tokens_out: tokens that it wrote.
    """

    text: str
    score: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0


class Translator(Protocol):
    """Turns texts of one language into another."""

    name: str
    """What people call it."""
    batch: int
    """Texts that it takes at once: what a crash can cost."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the translations, as far as it is known."""
        ...

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Translate texts.

        Args:
            texts: none is empty; `batch` of them at most.

        Returns:
            One for each, in order.
        """
        ...
