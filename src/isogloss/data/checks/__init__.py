"""Checks of what was read: columns that hold something else, dropped rows, and the way out."""
