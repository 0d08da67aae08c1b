"""The command line: parses and prints, computes nothing. One file a verb."""
