"""What the verbs that read a file of texts have in common: their options."""

from typing import Annotated

import typer

Model = Annotated[str, typer.Option(help="Folder or hub name of the model.")]
In = Annotated[
    str,
    typer.Option(
        "--in", metavar="FILE", help="Texts: a line each, or .tsv, .jsonl, .parquet; - is stdin."
    ),
]
Column = Annotated[
    str | None, typer.Option(help="Column that holds the texts (default text, or the only one).")
]
IdColumn = Annotated[
    str | None, typer.Option(help="Column that holds ids (default id, else rows are numbered).")
]
Language = Annotated[
    str, typer.Option(help="Language of all texts (default: the column `language`, if any).")
]
Recenter = Annotated[bool, typer.Option("--recenter", help="Subtract each language's mean offset.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def early_place(path: str, language: str = "") -> None:
    """Refuse a file or a language that cannot be used, before models' libraries load.

    Raises:
        IsoglossError: there is no such file, or no such language.
    """
    from isogloss.data.languages import canonical_language
    from isogloss.data.texts import check_texts

    check_texts(path)
    if language:
        canonical_language(language)
