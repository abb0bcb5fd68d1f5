"""A restored, frozen network, and what it makes of a split."""
