"""From a recipe to a run: one step, the loop, when it stops, what it prints, what TensorBoard sees."""
