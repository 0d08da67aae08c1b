"""`~` in the paths of the command line, where no shell has written it out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from isogloss.cli.app import app
from isogloss.cli.places import folder
from isogloss.paths import given_path

OPTIONS = [
    pytest.param(said, id=f"{command.name} {name}")
    for command in app.registered_commands
    if command.callback is not None
    for name, said in get_type_hints(command.callback, include_extras=True).items()
    if "Path" in str(said)
]


@pytest.mark.parametrize("said", OPTIONS)
def test_an_option_that_is_a_path_is_read_as_a_users_path(said: Any) -> None:
    assert said.__metadata__[0].parser in (given_path, folder), "expected **PATH"


def test_a_tilde_behind_an_equals_sign_is_the_home_folder(
    isogloss: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "taken").touch()
    for words in (["compare", "a", "b"], ["evaluate", "--model", "m"], ["trim", "--model", "m"]):
        ended = isogloss(*words, "--out=~/taken")
        assert (ended.status, len(ended.errors)) == (2, 1)
        assert f"--out {str(tmp_path / 'taken')!r} is a file" in ended.errors[0]
