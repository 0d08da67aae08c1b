"""Training for distillation: settings, examples, batches, the job, health on dev data."""
