"""Texts written for this project: a small parallel corpus, and graded sentence pairs.

`train.tsv` and `held_out.tsv` hold 2,089 sentences of daily life, travel, work, science and news in
English, German, Spanish and Ukrainian; `graded.tsv` holds 240 sentence pairs in the four languages
with a similarity from 0 to 5. They show the tool working and are no benchmark. Written for
isogloss, under its licence.
"""

from importlib.resources import files

LANGUAGES = ("en", "de", "es", "uk")
SOURCE = "en"


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of "train", "held_out" or "graded", by column name."""
    text = (files(__name__) / f"{name}.tsv").read_text(encoding="utf-8")
    header, *lines = text.removesuffix("\n").split("\n")
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
