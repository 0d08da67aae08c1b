"""What makes a model read faster: packed weights and no padding on a CPU, room on a GPU."""
