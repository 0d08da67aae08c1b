"""`isogloss export`: a model in another form, measured against the one it came from."""
