"""The search: what is asked for, who decides, and what is remembered."""
