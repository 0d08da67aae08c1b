"""Fine-tune a model on graded pairs: recipe, data, training, search, scores."""
