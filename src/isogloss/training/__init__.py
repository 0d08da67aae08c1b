"""Training: batches that pay for no padding, the loop, checkpoints that lose nothing, and health."""
