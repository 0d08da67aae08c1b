"""The verbs as functions: a recipe a file, settings and steps, read top to bottom."""
