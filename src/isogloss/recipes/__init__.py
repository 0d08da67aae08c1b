"""The verbs as functions, one room each: `recipe` has its settings, `run` the method."""
