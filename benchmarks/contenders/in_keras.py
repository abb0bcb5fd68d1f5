"""Keras's fit, predict and predict_on_batch, with and without XLA."""

import os

import numpy as np
from contenders.contender import BATCH, KEEP_PROB, Contender, pixels, weights

WAYS = ("jit_compile=False", "jit_compile=True")


class Keras(Contender):
    """A Sequential model with ten steps to an execution; in bf16 by the policy mixed_bfloat16."""

    ways = dict.fromkeys(("train", "evaluate", "predict"), WAYS)

    def __init__(self, precision, folder, data):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras

        keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bf16" else "float32")
        initial = list(weights(folder).values())
        self.models = {way: _model(keras.layers, keras.Sequential, way == WAYS[1]) for way in WAYS}
        for model in self.models.values():
            assert model.count_params() == 1_256_080
            model.set_weights(initial)

    def prepare(self, batches):
        """Floats, made beforehand."""
        x = np.concatenate([batch.images for batch in batches])
        return pixels(x), np.concatenate([batch.labels for batch in batches])

    def train(self, way, prepared, batch_size):
        """Fit on all of them, one epoch."""
        self.models[way].fit(*prepared, batch_size=batch_size, shuffle=False, verbose=0)

    def evaluate(self, way, split):
        """Count the correct images."""
        probabilities = self.models[way].predict(pixels(split.images), batch_size=BATCH, verbose=0)
        return int((probabilities.argmax(axis=1) == split.labels).sum())

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return self.models[way].predict_on_batch(pixels(images))


def _model(layers, sequential, jit):
    model = sequential(
        [
            layers.Input([28, 28, 1]),
            layers.Conv2D(20, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(padding="same"),
            layers.Conv2D(50, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(padding="same"),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dropout(1 - KEEP_PROB),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=jit, steps_per_execution=10)
    return model
