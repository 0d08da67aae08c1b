"""What is trained in a fine-tuning: settings, the job, health on graded dev pairs."""
