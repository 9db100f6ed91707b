"""The agents of the demo, each written as one writes an agent: a class or a function around a provider's client."""
