"""Curves: mixture cure, life tables, sojourns; landmarks to starting values."""
