"""What is trained in a distillation: settings, examples, batches, the job, health on dev data."""
