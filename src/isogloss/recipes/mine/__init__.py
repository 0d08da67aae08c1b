"""`isogloss mine`: translations found in two collections, or a bitext scored row by row."""
