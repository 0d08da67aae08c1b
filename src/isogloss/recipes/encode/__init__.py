"""`isogloss encode`: from a file of texts to a file of vectors, of any size, in parts that survive.

Read `run.encode` first.
"""
