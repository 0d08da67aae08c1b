"""Model cards: what a folder is, how it was made, how to use it; one file a kind of run."""
