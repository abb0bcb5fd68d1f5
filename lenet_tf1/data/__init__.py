"""Data without TensorFlow: IDX files, archives, pictures, named data sets with their splits, batches."""

from lenet_tf1.base.errors import InputError

SPLITS = ("train", "validation", "test")
SPLIT_WORDS = {  # what people call them, in any case
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
DATA_DIR_HELP = (  # of the commands' --data-dir
    "where FOLDER/NAME may be a copy of a named data set; what is fetched is kept in ~/.cache/lenet_tf1, or in "
    "XDG_CACHE_HOME/lenet_tf1"
)


def check_split(split: str) -> None:
    """Raise InputError for a name that is none of SPLITS."""
    if split not in SPLITS:
        raise InputError(f"there is no split named {split}; there are {', '.join(SPLITS)}")
