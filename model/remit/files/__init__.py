"""The only reader and writer of disk: YAML in, run folders out."""
