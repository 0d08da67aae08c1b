"""Reproduce a published table: the studies, their rows, and what is kept of them."""
