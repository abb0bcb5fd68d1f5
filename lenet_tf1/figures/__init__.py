"""Data, networks and trainings as matplotlib Figures, from arrays alone; only of_runs.py restores and runs networks."""
