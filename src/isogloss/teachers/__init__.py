"""The teacher's side: its vectors for every source sentence, computed once and kept."""
