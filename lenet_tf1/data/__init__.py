"""Data without TensorFlow: IDX files, archives, pictures, named data sets with their splits, batches."""

SPLITS = ("train", "validation", "test")
DATA_DIR_HELP = (  # of the commands' --data-dir
    "where FOLDER/NAME may be a copy of a named data set; what is fetched is kept in ~/.cache/lenet_tf1, or in "
    "XDG_CACHE_HOME/lenet_tf1"
)
