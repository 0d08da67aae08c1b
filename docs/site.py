"""Hooks of the documentation site: the page of the command line is made from the command itself."""

from typing import Any

from mkdocs.structure.files import File, Files
from typer import Context
from typer.main import get_command

from isogloss.cli.app import app


def on_files(files: Files, config: Any) -> Files:
    """Add `reference/command-line.md`."""
    files.append(File.generated(config, "reference/command-line.md", content=_command_line()))
    return files


def _command_line() -> str:
    """Every verb with its options, as `--help` prints them."""
    group = get_command(app)
    parts = ["# Command line\n"]
    parent = Context(group, info_name="isogloss")
    for name, command in group.commands.items():
        parts.append(_verb(command, parent, name))
    return "\n".join(parts)


def _verb(command: Any, parent: Context, name: str) -> str:
    context = Context(command, info_name=name, parent=parent)
    text = f"## isogloss {name}\n\n```text\n{command.get_help(context)}\n```\n"
    inner = getattr(command, "commands", {})
    return text + "\n".join(_verb(one, context, f"{key}") for key, one in inner.items())
