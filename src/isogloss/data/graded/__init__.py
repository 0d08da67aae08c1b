"""Graded sentence pairs: read from files and the hub, put row beside row, grouped for folds."""
