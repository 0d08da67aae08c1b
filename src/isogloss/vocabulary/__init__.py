"""The vocabulary of a tokenizer: extended, trimmed, and measured by what it reads."""
