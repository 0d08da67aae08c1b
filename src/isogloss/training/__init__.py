"""Training: batches without padding, the loop, checkpoints that lose nothing, and health."""
