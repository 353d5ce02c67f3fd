"""The most accurate small Keras network under a hard budget, and an honest answer whether the search was worth it."""

__version__ = "0.1.0"
