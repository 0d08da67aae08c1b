"""What people do with vectors of texts: search, mining, alignment, clusters; a room for each."""
