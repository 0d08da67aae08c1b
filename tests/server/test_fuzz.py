"""Requests made up from the service's own schema, right and wrong ones: no answer is 500."""

from typing import Any

import hypothesis
import pytest

schemathesis = pytest.importorskip("schemathesis")


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_is_answered_with_500(shared: Any, mode: str) -> None:
    schema = schemathesis.openapi.from_url(shared.url + "/openapi.json")
    statuses: set[int] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))

        @hypothesis.given(cases)
        @hypothesis.settings(
            max_examples=8,
            suppress_health_check=list(hypothesis.HealthCheck),
            deadline=None,
            database=None,
        )
        def ask(case: Any) -> None:
            answer = case.call()
            statuses.add(answer.status_code)
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert "error" in answer.json()

        try:
            ask()
        except hypothesis.errors.Unsatisfiable:
            continue  # a request without parameters cannot be wrong
    assert {200, 400, 404} & statuses
