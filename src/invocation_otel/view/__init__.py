"""The recorded runs in the terminal: the list, and one run in detail."""
