"""A model behind HTTP: OpenAI's and text-embeddings-inference's interfaces, search, a playground.

One thread owns the model; what waits for it is put in batches of like length. Nothing here knows
what kind of model it is: see `reading.TokenEncoder`.
"""
