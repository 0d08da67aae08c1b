"""An index: texts, what is known of them, and their vectors, in a folder that can be searched.

The folder says which model made it. Two engines hold the rows: `exact` compares a query with every
row, `lancedb` is a database that also searches approximately. Both are changed as a whole or not
at all.
"""

from isogloss.search.index.building import check_new_index, create_index
from isogloss.search.index.documents import Document, Hit
from isogloss.search.index.filters import Condition, parse_condition
from isogloss.search.index.index import Index

__all__ = [
    "Condition",
    "Document",
    "Hit",
    "Index",
    "check_new_index",
    "create_index",
    "parse_condition",
]
