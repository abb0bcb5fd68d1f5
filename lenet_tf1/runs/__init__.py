"""What a run directory holds: checkpoints that are committed, verified, found and restored; other programs' too."""
