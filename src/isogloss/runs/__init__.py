"""What a run is on disk: its folder, who works in it, its files, and where its result is from."""
