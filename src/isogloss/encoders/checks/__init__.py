"""Whether a model can be used: its files, its weights, this machine, the vectors it gives."""
