"""The teacher as a recipe has it: pooled in another way, or with fewer dimensions."""
