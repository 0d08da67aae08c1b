"""Models as encoders: found by name, identified by fingerprint, batched without padding."""
