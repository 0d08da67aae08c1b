"""Teachers: loaded and described, and given another pooling or fewer dimensions."""
