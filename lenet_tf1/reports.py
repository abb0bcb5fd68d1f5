"""What training prints as it goes: a row an epoch, or a line every so many iterations."""

_HEADER = "epoch     loss   training  validation  learning rate  images/s"


class Rows:
    """A table with a row for each epoch."""

    def __init__(self, say):
        self.say = say

    def begin(self):
        """Print the header."""
        self.say(_HEADER)

    def step(self, step, correct):
        """Nothing: an epoch is what counts."""

    def epoch(self, row, images_per_second):
        """Print a row of metrics.csv."""
        self.say(
            f"{row['epoch']:5}  {row['loss']:7.4f}  {row['accuracy']:9.2%}  {row['validation_accuracy']:10.2%}  "
            f"{row['learning_rate']:13.3g}  {images_per_second:8,.0f}"
        )


class Iterations:
    """Document 003's lines: every so many steps, the share of the images since the last line that were right."""

    def __init__(self, say, every):
        self.say, self.every = say, every
        self.correct = self.images = 0

    def begin(self):
        """Nothing: a line speaks for itself."""

    def step(self, step, correct):
        """Count an update's images, `correct` bool [n], and print a line if it is time."""
        self.correct += int(correct.sum())
        self.images += len(correct)
        if step % self.every == 0:
            self.say(f"Optimization Iteration:{step:>6}, Training Accuracy: {self.correct / max(self.images, 1):>6.1%}")
            self.correct = self.images = 0

    def epoch(self, row, images_per_second):
        """Print the validation accuracy."""
        self.say(f"Accuracy on Validation-Set after epoch {row['epoch']}: {row['validation_accuracy']:.1%}")
