"""What the agent's code says: runs, rounds, tool calls, prompts, files, and whose they are."""
