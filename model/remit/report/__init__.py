"""Tables, figures and sentences; nothing here reads or writes a file."""
