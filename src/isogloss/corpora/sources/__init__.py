"""Where corpora come from: OPUS and the hub, each behind the same door; `http` fetches files."""
