"""LeNet as a TensorFlow 1 style graph, for handwritten digits.

Importing this package does nothing else: no TensorFlow, no flags, no logging set-up.
"""

__version__ = "0.1.0"
