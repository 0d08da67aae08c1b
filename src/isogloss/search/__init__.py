"""Work on many vectors: encoding, indexes, mining, aligned documents, paraphrases, clusters."""
