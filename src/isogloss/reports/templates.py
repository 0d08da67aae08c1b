"""Render the templates of pages and cards, which lie beside the code that fills them in."""

import re
from functools import cache
from typing import TYPE_CHECKING

from isogloss.reports import wording

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_CODE = re.compile(r"`([^`]*)`")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_FILTERS = (
    *("anchor", "code", "count", "duration", "language", "listed", "pair_name", "percent", "place"),
    *("plural",),
)


def render_markdown(template: str, /, **values: object) -> str:
    """Fill in a Markdown template.

    Text from outside cannot become an HTML tag; only what the template marks as `safe`, such as
    code, stands as it is. Lines that were left out leave no gap.

    Args:
        template: path of the template in this package.
        **values: what the template calls by name; an unknown name is an error.
    """
    text = _environment(html=False).get_template(template).render(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_html(template: str, /, **values: object) -> str:
    """Fill in an HTML template; everything is escaped that is not `Markup`.

    Args:
        template: path of the template in this package.
        **values: what the template calls by name; an unknown name is an error.
    """
    return _environment(html=True).get_template(template).render(values)


@cache
def _environment(*, html: bool) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("isogloss.reports", ""),
        undefined=StrictUndefined,
        autoescape=html,
        finalize=None if html else _tagless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _FILTERS:
        environment.filters[name] = getattr(wording, name)
    environment.filters["inline"] = _inline
    return environment


def _inline(text: str) -> "Markup":
    """Plain text with code spans in backticks as HTML."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _tagless(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) else _TAG.sub(r"\\<", str(value))
