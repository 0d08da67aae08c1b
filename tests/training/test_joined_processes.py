"""The processes of a training, told by the environment."""

import pytest
from accelerate import PartialState

from isogloss.errors import InputError
from isogloss.training.processes import join_processes


def test_an_environment_that_tells_no_number_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(PartialState._shared_state)
    PartialState._shared_state.clear()
    try:
        for name in ("RANK", "LOCAL_RANK"):
            monkeypatch.setenv(name, "0")
        monkeypatch.setenv("WORLD_SIZE", "abc")
        with pytest.raises(InputError, match=r"invalid literal .* 'abc'\); expected RANK"):
            join_processes()
    finally:
        PartialState._shared_state.clear()
        PartialState._shared_state.update(known)
