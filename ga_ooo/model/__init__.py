"""The way to the language model: requests, clients, the host's API facade, the scripted model."""
