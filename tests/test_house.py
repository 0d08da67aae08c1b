"""House rules that no other tool checks: what an import loads, how files look, what users see."""

import ast
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import isogloss

SOURCE = Path(isogloss.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

HEAVY = {
    "datasets",
    "matplotlib",
    "numba",
    "pandas",
    "pyarrow",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "tokenizers",
    "torch",
    "transformers",
}
"""Libraries that only the work itself may load: most of them take longer than a help page may."""

VAGUE = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
"""Names that say nothing of what a room or file is for."""

LONGEST_FILE = 300
LONGEST_FUNCTION = 50


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter loads for some lines of code, beyond its own."""
    script = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        f"{code}\n"
        "print('\\n' + json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*words: str) -> str:
    """Code that runs a command line in process and expects it to succeed."""
    return (
        "from isogloss.cli.app import main\n"
        f"sys.argv = {['isogloss', *words]!r}\n"
        "try:\n"
        "    status = main()\n"
        "except SystemExit as leaving:\n"
        "    status = leaving.code\n"
        "assert not status, status"
    )


# Budgets count modules, not seconds: a count is the same on every machine. They leave room to grow,
# not to double.
@pytest.mark.parametrize(
    ("code", "forbidden", "budget"),
    [
        pytest.param("import isogloss", HEAVY | {"numpy"}, 10, id="face"),
        pytest.param(
            "import isogloss.data, isogloss.metrics, isogloss.vectors", HEAVY, 340, id="ground"
        ),
        pytest.param(
            "import isogloss.tasks, isogloss.recipes.evaluate.run", HEAVY, 460, id="tasks"
        ),
        pytest.param(
            "import isogloss.recipes.distill.recipe, isogloss.recipes.finetune.recipe",
            HEAVY,
            420,
            id="recipes",
        ),
        pytest.param(command("--help"), HEAVY, 600, id="help"),
        pytest.param(command("distill", "--help"), HEAVY, 600, id="distill-help"),
        pytest.param(command("evaluate", "--help"), HEAVY, 600, id="evaluate-help"),
    ],
)
def test_an_import_loads_little(code: str, forbidden: set[str], budget: int) -> None:
    loaded = loaded_by(code)
    assert {name.partition(".")[0] for name in loaded} & forbidden == set()
    assert len(loaded) <= budget


def test_python_m_isogloss_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "isogloss", "--help"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "distill" in done.stdout


def test_every_public_name_stands_where_the_face_says() -> None:
    for name, place in isogloss._PLACES.items():
        module, _, attribute = place.partition(":")
        path = SOURCE.parent.joinpath(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert file.is_file(), f"{name}: {module} does not exist"
        assert attribute in _names_bound_in(file), f"{name}: {module} has no {attribute}"


def test_the_face_shows_the_same_names_to_readers_and_to_type_checkers() -> None:
    public = {*isogloss._PLACES, "__version__"}
    assert set(isogloss.__all__) == public
    assert public <= set(dir(isogloss))
    checked = next(node for node in ast.parse(_text(SOURCE / "__init__.py")).body if _guarded(node))
    imports = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(checked)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imports == isogloss._PLACES


def test_a_public_name_loads_on_first_use_and_stays() -> None:
    from isogloss.data import ParallelSentences

    assert isogloss.ParallelSentences is ParallelSentences
    assert vars(isogloss)["ParallelSentences"] is ParallelSentences
    assert isinstance(isogloss.__version__, str)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'destill'"):
        isogloss.destill  # noqa: B018


def test_no_file_or_room_has_a_vague_name() -> None:
    places = [path.relative_to(SOURCE) for path in FILES]
    assert [p for p in places if VAGUE & {part.removesuffix(".py") for part in p.parts}] == []


def test_every_module_says_what_it_is_for() -> None:
    assert _where(lambda tree: ast.get_docstring(tree) is None) == []


def test_every_room_is_a_package() -> None:
    folders = {path.parent for path in FILES}
    assert sorted(str(f) for f in folders if not (f / "__init__.py").is_file()) == []


def test_only_the_command_line_prints() -> None:
    assert [file for file in _where(_prints) if not file.startswith("cli/")] == []


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {_name(path): len(_text(path).splitlines()) for path in FILES}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    lengths = {
        f"{_name(path)}:{node.name}": _length(node)
        for path in FILES
        for node in ast.walk(ast.parse(_text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_tests_cannot_reach_another_machine() -> None:
    with socket.socket() as connection, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 80))  # an address reserved for documentation


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _where(holds: Callable[[ast.Module], bool]) -> list[str]:
    return [_name(path) for path in FILES if holds(ast.parse(_text(path)))]


def _prints(tree: ast.Module) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Name) and called.id == "print" for called in calls)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the last statement, without the docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _guarded(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _names_bound_in(file: Path) -> set[str]:
    names = set()
    for node in ast.parse(_text(file)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def test_a_public_name_is_that_of_no_room() -> None:
    """Importing a room would put the module in place of the function."""
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    assert not rooms & set(isogloss.__all__)
