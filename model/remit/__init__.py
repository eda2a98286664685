"""remit."""
