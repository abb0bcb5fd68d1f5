"""Data, networks and trainings as matplotlib Figures, from arrays alone; only of_data.py and of_runs.py load any."""
