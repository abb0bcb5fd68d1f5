"""Data with numpy alone: IDX files, named data sets with their splits, batches."""
