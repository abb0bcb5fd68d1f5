"""Graphs with TensorFlow alone: layers, the documents' networks, training. Opens no session and reads no file."""
