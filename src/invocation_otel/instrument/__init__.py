"""On by default: what is installed is recorded, and any agent class can be."""
