"""Synthetic pages to train the page reader on: paper, boards and screens, and what is written on them."""
