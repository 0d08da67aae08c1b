"""A page as one HTML file that needs no other: no script to read it, no network, no folder beside.

Style, pictures, and a small script that sorts tables stand inside the file. Everything that came
from a user (labels, names of files, texts) is escaped.
"""

from isogloss.reports.pages.html.document import html_page

__all__ = ["html_page"]
