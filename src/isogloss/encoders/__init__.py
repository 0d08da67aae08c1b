"""Models as encoders: found by name, known by fingerprint, run without paying for padding."""
