"""Search spaces, one module each: what a search may choose from."""
