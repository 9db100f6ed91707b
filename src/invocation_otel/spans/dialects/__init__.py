"""What other libraries call things: one table of facts for each of them, read by one engine (`translate`)."""
