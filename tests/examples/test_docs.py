"""The pages keep up with the code: commands parse, defaults are right, links lead somewhere."""

import dataclasses
import re
import runpy
import shlex
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

import isogloss
from isogloss.cli.app import app
from isogloss.cli.distill import resolve
from isogloss.config import parse_assignments
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.finetune.recipe import FinetuneRecipe

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("recipes/*.toml")]
OTHER_TOOLS = {"--nproc-per-node"}
LONGEST_CONCEPT = 60


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(text: str) -> Iterator[list[str]]:
    """The words behind `isogloss` of every command in a shell block, or in a recipe's header."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    blocks += re.findall(r"(?:^#   .*\n)+", text, flags=re.MULTILINE)
    for block in blocks:
        plain = re.sub(r"^#   ?", "", block, flags=re.MULTILINE).replace("\\\n", " ")
        for line in plain.splitlines():
            words = shlex.split(line, comments=True)
            if "isogloss" in words[:5] and words[0] in ("isogloss", "torchrun"):
                yield words[words.index("isogloss") + 1 :]


def every_command(command: Any) -> Iterator[Any]:
    """A command and those below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from every_command(below)


def written() -> list[Any]:
    return [
        pytest.param(words, id=f"{name(page)}:{number}")
        for page in PAGES
        for number, words in enumerate(commands(page.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("words", written())
def test_a_command_is_one_that_isogloss_takes(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    verb, rest = typer.main.get_group(app), words
    while hasattr(verb, "commands"):  # `isogloss data clean` is two words
        verb, rest = verb.commands[rest[0]], rest[1:]
    given = verb.make_context(words[0], rest).params
    assert given
    if words[0] == "distill" and not given["recipe_from"]:
        required = {key: given[key] for key in ("teacher", "pairs", "out") if given[key]}
        resolve(given["recipe"], None, required, list(given["setting"] or []), check=False)


def test_there_are_commands_to_check() -> None:
    assert len(written()) > 20


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_option_that_a_page_names_exists(page: Path) -> None:
    known = {"--help", *OTHER_TOOLS} | {
        option
        for parsed in every_command(typer.main.get_group(app))
        for parameter in parsed.params
        for option in parameter.opts
    }
    # `pip` and `make` have options of their own: only code spans and commands of isogloss count.
    named = set(re.findall(r"`(--[a-z][a-z-]*)", page.read_text(encoding="utf-8")))
    assert named - known == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        path = (page.parent / place).resolve() if place else page
        assert path.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
            assert anchor in slugs, link


def entries(nav: Any) -> Iterator[str]:
    """The pages that a navigation names."""
    if isinstance(nav, str):
        yield nav
    else:
        for below in nav.values() if isinstance(nav, dict) else nav:
            yield from entries(below)


def test_the_navigation_of_the_site_names_every_page_once() -> None:
    named = list(entries(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    made = ["reference/command-line.md", "reference/run.schema.json"]
    assert sorted(named) == sorted(pages + made)
    overview = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[[^\]]+\]\(([^)]+)\)", overview, flags=re.MULTILINE)
    assert [page for page in named if page not in ("README.md", made[0])] == [
        *(page for page in linked if page.startswith(("start", "guides/"))),
        *(page for page in linked if page.startswith("concepts/")),
        *(page for page in linked if not page.startswith(("start", "guides/", "concepts/"))),
    ]


def test_the_python_page_has_every_name_where_it_is_defined() -> None:
    text = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    named = re.findall(r"^::: ([\w.]+)$", text, flags=re.MULTILINE)
    face = [getattr(isogloss, name) for name in isogloss.__all__ if name != "__version__"]
    assert sorted(named) == sorted(f"{one.__module__}.{one.__qualname__}" for one in face)


def test_the_site_has_every_command_under_a_heading_and_no_link_that_leads_out_of_it() -> None:
    pytest.importorskip("mkdocs")
    hooks = runpy.run_path(str(ROOT / "docs/site.py"))
    heads = re.findall(r"^#+ isogloss (.+)$", hooks["command_line"](), flags=re.MULTILINE)
    verbs = typer.main.get_group(app).commands
    assert set(verbs) < set(heads)
    for group in ("data", "search"):
        assert {f"{group} {below}" for below in verbs[group].commands} < set(heads)
    for page in (ROOT / "docs").rglob("*.md"):
        shown = hooks["on_page_markdown"](page.read_text(encoding="utf-8"), page=None)
        for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)", shown):
            if "://" not in link:
                assert (page.parent / link).resolve().is_relative_to(ROOT / "docs"), link


@pytest.mark.parametrize(
    ("page", "schema"), [("distill", DistillRecipe), ("finetune", FinetuneRecipe)]
)
def test_the_table_of_recipe_keys_is_complete_and_has_the_right_defaults(
    page: str, schema: type[Any]
) -> None:
    text = (ROOT / f"docs/guides/{page}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| (?:`(.*?)`)? ?\| ", text, flags=re.MULTILINE)
    known = dict(leaves(schema))
    assert [key for key, _ in rows] == [key for key, _ in rows if key in known]
    assert {key for key, _ in rows} == set(known)
    for key, shown in rows:
        if known[key] is dataclasses.MISSING:
            assert shown == "", key
            continue
        value: Any = parse_assignments([f"{key}={shown}"])
        for part in key.split("."):
            value = value[part]
        default = list(known[key]) if isinstance(known[key], tuple) else known[key]
        if default is None:
            default = "none"  # as a recipe and --set say it
        assert (value, type(value)) == (default, type(default)), key


def leaves(schema: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every recipe key with its default; `MISSING` where there is none."""
    kinds = typing.get_type_hints(schema)
    for field in dataclasses.fields(schema):
        if dataclasses.is_dataclass(kinds[field.name]):
            yield from leaves(kinds[field.name], f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, field.default


@pytest.mark.parametrize("page", sorted((ROOT / "docs/concepts").glob("*.md")), ids=name)
def test_a_concept_is_one_page_with_one_formula_and_a_command(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_CONCEPT
    for part in ("**Idea.**", "**Formula.**", "**Picture.**", "**See it.**", "**Code.**"):
        assert part in text
    for place in re.findall(r"`(isogloss/[\w/.]+)`", text):
        assert (ROOT / "src" / place).exists(), place
