"""The verbs of parallel data: list and fetch corpora, clean pairs, and say what they hold."""
