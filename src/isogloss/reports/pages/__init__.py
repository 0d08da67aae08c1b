"""Pages about a run: one file a verb, of blocks that Markdown and HTML are written from."""
