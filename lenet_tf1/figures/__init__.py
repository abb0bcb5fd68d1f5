"""Pictures of data, networks and trainings as matplotlib Figures: from arrays alone, without TensorFlow."""
