"""From what a client sends to token ids: cut before the tokenizer sees it, never after."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from isogloss.protocols import NO_ROLE, Encoder, FloatArray, Role
from isogloss.server.limits import Limits
from isogloss.server.refusals import Refused


class TokenEncoder(Encoder, Protocol):
    """An encoder whose two halves can be called one by one."""

    @property
    def max_tokens(self) -> int | None:
        """Tokens of the longest text that is read whole; None: no limit."""
        ...

    @property
    def pads(self) -> bool:
        """Whether texts of a batch are filled up to the longest one."""
        ...

    @property
    def pieces(self) -> tuple[int, int]:
        """How many tokens the vocabulary has, and the letters of its longest one."""
        ...

    @property
    def prompts(self) -> Mapping[str, str]:
        """Prompts by name."""
        ...

    def tokenize(self, texts: Sequence[str], *, role: Role = NO_ROLE) -> list[list[int]]:
        """Token ids per text, cut to the model's maximum."""
        ...

    def encode_tokens(
        self, tokens: Sequence[Sequence[int]], *, role: Role | None = NO_ROLE
    ) -> FloatArray:
        """Embed what `tokenize` gave for the same role; None: ids without a prompt."""
        ...


class Reading(NamedTuple):
    """Texts as the model reads them.

    Attributes:
        rows: token ids per text.
        cut: how many texts are as long as the model reads at most, or were longer.
        tokens: in all.
    """

    rows: Sequence[Sequence[int]]
    cut: int

    @property
    def tokens(self) -> int:
        """In all texts."""
        return sum(map(len, self.rows))


class Reader:
    """Reads for one model.

    Args:
        encoder: the model.
        limits: of the service.
    """

    def __init__(self, encoder: TokenEncoder, limits: Limits) -> None:
        self.encoder = encoder
        self.most_tokens = encoder.max_tokens or limits.text_tokens
        self.vocabulary, longest_piece = encoder.pieces
        self.most_letters = self.most_tokens * (longest_piece + 1)  # and a space
        self.most_texts = limits.texts

    def read(self, texts: Sequence[str], role: Role = NO_ROLE) -> Reading:
        """Tokenize texts; what a text has beyond `most_letters` is never looked at.

        Raises:
            Refused: there are none, or too many.
        """
        self._check_number(len(texts))
        within = [text[: self.most_letters] for text in texts]
        rows = [row[: self.most_tokens] for row in self.encoder.tokenize(within, role=role)]
        return Reading(rows, sum(len(row) >= self.most_tokens for row in rows))

    def take(self, rows: Sequence[Sequence[int]]) -> Reading:
        """Check token ids, which are read as they are: no prompt or special token is added.

        Raises:
            Refused: a row is empty or too long, or the model has no token of an id.
        """
        self._check_number(len(rows))
        for number, row in enumerate(rows):
            if not 0 < len(row) <= self.most_tokens:
                raise Refused(
                    400,
                    f"input {number} has {len(row)} tokens; expected 1 to {self.most_tokens}",
                    param="input",
                )
            if not (min(row) >= 0 and max(row) < self.vocabulary):
                raise Refused(
                    400,
                    f"input {number} has a token id that the model does not know; expected ids "
                    f"from 0 to {self.vocabulary - 1}",
                    param="input",
                )
        return Reading(rows, 0)

    def _check_number(self, number: int) -> None:
        if not number:
            raise Refused(400, "the input is empty; expected a text at least", param="input")
        if number > self.most_texts:
            raise Refused(
                413,
                f"the input has {number} texts; expected at most {self.most_texts}",
                param="input",
            )
