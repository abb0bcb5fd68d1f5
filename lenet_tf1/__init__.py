"""LeNet and its relatives as TensorFlow 1 style graphs, for handwritten digits.

Importing this package does nothing else: no TensorFlow, no flags, no logging set-up.
"""

__version__ = "0.1.0"
