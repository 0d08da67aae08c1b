"""Publish a model on the hub: what would go there, and the upload."""
