"""Where runs are kept: ClickHouse, as a server or as the embedded engine, its schema, and the questions asked of it."""
