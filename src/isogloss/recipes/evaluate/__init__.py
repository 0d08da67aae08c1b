"""Evaluate models on tasks and suites, and compare two evaluations."""
