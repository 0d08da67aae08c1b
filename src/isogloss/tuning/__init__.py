"""Hyper-parameter search: grouped cross-validation, resumable trials, a journal."""
