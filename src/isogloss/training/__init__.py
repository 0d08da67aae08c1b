"""Training: batches with little padding, the loop, exact checkpoints, health checks."""
