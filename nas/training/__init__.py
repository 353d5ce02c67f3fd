"""How a network is built in Keras and trained."""
