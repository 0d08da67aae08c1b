"""The command line: parses and prints, computes nothing. One file per group of verbs."""
