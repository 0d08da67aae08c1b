"""The card of a run, its head and its code."""

import re

import pytest

from isogloss.reports import model_card
from isogloss.runs.record import parse_record

yaml = pytest.importorskip("yaml")


def card_of(run, scores, **more):
    """The card of a run, from the content of `run.json` or a part of it."""
    return model_card(parse_record({"command": "distill"} | run, "run.json"), scores, **more)


def head(card):
    _, text, _ = card.split("---\n", 2)
    return yaml.safe_load(text)


def blocks(card):
    return re.findall(r"```python\n(.*?)```", card, re.DOTALL)
