"""The kinds of task, one a file: which texts a model must embed, and which scores come out."""
