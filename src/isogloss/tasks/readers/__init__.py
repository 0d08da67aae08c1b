"""Readers of test files: where they lie, and what they hold."""
