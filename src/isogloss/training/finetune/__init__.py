"""Training for fine-tuning: settings, the job, health on graded dev pairs."""
