"""Text as HTML: everything escaped, code spans kept."""

import re
from html import escape

_CODE = re.compile(r"`([^`]*)`")


def inline(text: str) -> str:
    """Plain text with code spans in backticks as HTML.

    Example:
        >>> inline("`a<b` & <script>")
        '<code>a&lt;b</code> &amp; &lt;script&gt;'
    """
    return _CODE.sub(r"<code>\1</code>", escape(text))


def tag(name: str, content: str, **attributes: object) -> str:
    """An element; attributes are escaped, those that are `None` or empty are left out.

    Args:
        name: the element.
        content: HTML that is escaped already.
        **attributes: by name; `class_` is `class`, and `_` stands for `-`.

    Example:
        >>> tag("td", "1", class_="number", data_value=0.5)
        '<td class="number" data-value="0.5">1</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    return f"<{name}{written}>{content}</{name}>"


def anchor(text: str) -> str:
    """A place in the page that a link can name: `results-on-sts`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
