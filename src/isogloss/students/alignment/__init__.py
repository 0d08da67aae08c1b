"""Word alignment: translation probabilities from parallel sentences, for first embeddings."""
