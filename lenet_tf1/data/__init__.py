"""Data without TensorFlow: IDX files, archives, pictures, named data sets with their splits, batches."""

SPLITS = ("train", "validation", "test")
