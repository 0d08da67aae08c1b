"""Models as encoders: finding one by its name, running it without paying for padding, knowing its fingerprint."""
