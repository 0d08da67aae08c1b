"""What a device asks of a training: losses read late, tensors moved without waiting."""
