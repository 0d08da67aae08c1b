"""The verbs as functions, a room each: `recipe` what it can be told, `run` the method itself."""
