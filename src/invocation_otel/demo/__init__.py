"""A small company of agents, and the local server of both providers that they run on."""
