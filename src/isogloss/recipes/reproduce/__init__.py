"""Make a published table again: the studies, their rows, what is kept of them."""
