"""Documents in two languages: which go together, and which of their sentences do."""
