"""What each command of the command line does: it links files, analyses and reports."""
