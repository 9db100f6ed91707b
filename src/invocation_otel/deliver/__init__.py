"""How spans get there: the library's own queue and worker in front of any span exporter."""
