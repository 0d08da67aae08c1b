"""`isogloss align`: documents in, pairs of sentences out."""
