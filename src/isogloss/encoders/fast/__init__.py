"""What makes a model read faster: packed weights, integers, no padding; room on a GPU."""
