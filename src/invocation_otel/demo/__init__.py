"""A small company of agents, and the local server of both providers that they run on.

``story`` is the command and ``performance`` what it does: serve the store, let the day of ``company`` happen, ``check``
what arrived, go on with ``showing``. A day is made of ``act``s, in ``at_the_desk``, ``in_the_office`` and
``with_customers``; the ``staff`` plays them, which is the ``agents``. What the models say to that stands in
``files/screenplay.toml``, and ``providers`` says it as OpenAI and Anthropic would (``wire*``, ``provider_http``).
"""
