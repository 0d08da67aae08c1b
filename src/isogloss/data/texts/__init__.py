"""One reader of texts, for every verb that takes them: a line, a cell, or a field a text."""

from isogloss.data.texts.columns import ID_NAMES, TEXT_NAMES, Text
from isogloss.data.texts.reading import check_texts, read_texts
from isogloss.data.texts.rows import count_rows

__all__ = ["ID_NAMES", "TEXT_NAMES", "Text", "check_texts", "count_rows", "read_texts"]
