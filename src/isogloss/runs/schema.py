"""The JSON schema of `run.json`: `python -m isogloss.runs.schema FILE` writes it."""

import sys
from pathlib import Path
from typing import Any

from isogloss.runs.record import RECORDS
from isogloss.writing import write_json


def record_schema() -> dict[str, Any]:
    """JSON schema of the record of any command."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "run.json"}
    return head | RECORDS.json_schema()


if __name__ == "__main__":
    write_json(Path(sys.argv[1]), record_schema())
