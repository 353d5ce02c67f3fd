"""How a trained network leaves."""
