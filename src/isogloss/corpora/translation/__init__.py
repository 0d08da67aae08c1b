"""Text into another language: by a model on this machine, or by a server; noted as it comes."""
