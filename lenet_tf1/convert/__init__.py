"""Networks given to other runtimes, and taken from other programs' checkpoints."""
