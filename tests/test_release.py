"""What is released: the wheel is whole and alone enough, and the container starts what there is."""

import json
import re
import shlex
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = {".js", ".css", ".html", ".jinja", ".json", ".toml", ".tsv", ".typed"}


def built(kind: str, out: Path) -> Path:
    """What `make dist` builds: a wheel or an sdist."""
    pytest.importorskip("hatchling.build")
    code = f"import hatchling.build as b; b.build_{kind}({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    [file] = out.iterdir()
    return file


def test_a_wheel_has_the_package_and_its_files_and_works_without_the_repository(
    tmp_path: Path,
) -> None:
    wheel = built("wheel", tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        archive.extractall(tmp_path / "empty")
    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "isogloss").rglob("*")
        if path.suffix in {".py", *DATA}
    }
    assert names == wanted  # and no tests, nor their data
    code = "import isogloss; print(isogloss.__file__); from isogloss.__main__ import main"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, 'empty'); {code}"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(tmp_path / "empty" / "isogloss" / "__init__.py")


def test_an_sdist_has_what_builds_the_wheel_and_no_tests(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
        [about] = [name for name in archive.getnames() if name.endswith("PKG-INFO")]
        told = archive.extractfile(about)
        assert told is not None
        assert "# isogloss" in told.read().decode("utf-8")  # the page of an index has the README
    above = {name for name in names if not name.startswith("src/isogloss/")}
    files = {"CHANGELOG.md", "LICENSE", "README.md", "constraints.txt", "pyproject.toml"}
    assert above == files | {".gitignore", "PKG-INFO"}


def test_the_changelog_has_the_version_that_is_released() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    heads = re.findall("^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert re.fullmatch(r"Unreleased|\S+ - \d{4}-\d\d-\d\d", heads[0])
    newest = next(head for head in heads if head != "Unreleased")
    assert newest.split(" - ")[0] == project["version"]


def test_the_container_runs_as_nobody_and_starts_a_command_that_there_is() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", "").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if re.match("[A-Z]+ ", line)]
    last = {word: rest for word, rest in steps}  # what the last stage says
    assert last["USER"] not in ("0", "root")
    entry = json.loads(last["ENTRYPOINT"])
    port = entry[entry.index("--port") + 1]
    assert last["EXPOSE"] == port
    assert f"127.0.0.1:{port}/health" in last["HEALTHCHECK"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert all(":" in rest.split()[0] for word, rest in steps if word == "FROM")
    help_ = subprocess.run(
        [sys.executable, "-m", "isogloss", "serve", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )
    options = [w for w in [*entry, *json.loads(last["CMD"])] if w.startswith("--")]
    assert all(option in help_.stdout for option in options)
    copied = [
        name
        for word, rest in steps
        if word == "COPY" and not rest.startswith("--from")
        for name in shlex.split(rest)[:-1]
    ]
    assert all((ROOT / name).exists() for name in copied)
