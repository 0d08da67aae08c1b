"""JSON files of a run, read: what cannot be is an error of one line."""

import json
from pathlib import Path

from isogloss.errors import DataFormatError, MissingFileError


def read_json(path: Path) -> object:
    """Read a JSON file of a run.

    Raises:
        MissingFileError: it is not there.
        DataFormatError: it is no JSON.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise MissingFileError(
            f"{path} does not exist; expected what a run leaves behind; name a run's folder"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataFormatError(
            f"{path} is no JSON ({error}); expected what a run wrote; run the command again"
        ) from error
    return content
