"""What trained networks are worth: replays, statistics, figures, and the sealed test images."""
