"""Which sentences of two collections are translations: exact, or by an index, of any size."""
