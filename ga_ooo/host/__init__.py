"""The only package that knows the host (Generative Agents and its forks)."""
