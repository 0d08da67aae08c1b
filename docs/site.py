"""Hooks of the documentation site: the command line's page, and links that lead out of the site."""

import re
from collections.abc import Iterator
from typing import Any

from mkdocs.structure.files import File, Files
from typer import Context
from typer.main import get_command

from isogloss.cli.app import app

OUTSIDE = re.compile(r"\[[^\]]+\]\(\.\./\.\./([^)#]+)[^)]*\)")
"""A link from a guide to a file of the repository that is no page."""


def on_files(files: Files, config: Any) -> Files:
    """Add `reference/command-line.md`."""
    files.append(File.generated(config, "reference/command-line.md", content=command_line()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name the files that the site does not have, where the repository's pages link to them."""
    return OUTSIDE.sub(r"`\1`", markdown)


def command_line() -> str:
    """Every verb with its options, as `--help` prints them, under a heading of its own."""
    group = get_command(app)
    settings = group.context_settings | {"terminal_width": 80}
    context = Context(group, info_name="isogloss", **settings)
    return "\n".join(["# Command line\n", *_verbs(group, context)])


def _verbs(group: Any, above: Context) -> Iterator[str]:
    depth = 2 if above.parent is None else 3
    for name, command in group.commands.items():
        context = Context(command, info_name=name, parent=above)
        yield f"{'#' * depth} {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        if hasattr(command, "commands"):
            yield from _verbs(command, context)
