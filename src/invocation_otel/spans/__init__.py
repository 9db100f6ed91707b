"""What a span means: names, statuses, prices and totals. Pure functions; no clock, no network, no settings."""
