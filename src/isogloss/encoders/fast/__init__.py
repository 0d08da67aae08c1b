"""What makes a model that only reads faster on a CPU: packed weights, and texts without padding."""
