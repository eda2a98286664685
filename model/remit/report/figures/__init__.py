"""Figures: one file a figure, a table in and a matplotlib Figure out; nothing is saved here."""
