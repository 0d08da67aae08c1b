"""The code of a card reads sentences as the model was trained to."""

from typing import Any

from isogloss.reports.cards.usage import sentence_transformers_usage, transformers_usage
from isogloss.reports.run_facts import RunFacts


def test_a_prompt_of_a_fine_tuning_stands_in_the_code(run: dict[str, Any]) -> None:
    plain = RunFacts(run)
    assert "model.encode(sentences)" in sentence_transformers_usage(plain, "m")
    assert "AutoTokenizer" in transformers_usage(plain, "m")
    prompted = RunFacts(run | {"start": {"prompt": "how alike: "}})
    code = sentence_transformers_usage(prompted, "m")
    assert 'model.encode(sentences, prompt="how alike: ")' in code
    assert transformers_usage(prompted, "m") == ""  # it would read them bare
