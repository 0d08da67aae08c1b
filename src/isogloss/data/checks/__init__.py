"""What was read, looked at: sides that hold something else, rows that were dropped, the way out."""
