"""The processor time of training steps against noise: python benchmarks/noise_steps.py

Of the recipe robust with 1, 3, 5 and 10 steps of noise in each: seconds of all cores together, which other programs
change less than the time on the clock. The first steps, in which TensorFlow chooses kernels, don't count.
"""

import dataclasses
import time

from lenet_tf1.base import console
from lenet_tf1.base.report import Report

WARM_UP, COUNTED = 5, 30


def seconds_a_step(noise_steps):
    """Mean processor time of a training step."""
    from lenet_tf1.base.machine import choose_precision
    from lenet_tf1.data.datasets import load
    from lenet_tf1.recipes import find_recipe
    from lenet_tf1.training.classification import Classification
    from lenet_tf1.training.stepper import Stepper

    precision = choose_precision("auto")
    recipe = dataclasses.replace(find_recipe("robust"), noise_steps=noise_steps, precision=precision)
    task = Classification(recipe, load("mnist"))
    batches = task.batches(0)
    with Stepper(recipe, task) as stepper:
        for number in range(WARM_UP + COUNTED):
            if number == WARM_UP:
                start = time.process_time()
            stepper.take(*batches[number])
        return (time.process_time() - start) / COUNTED


def main():
    """Print a line for each number of steps."""
    console.import_tensorflow()
    report = Report()
    for noise_steps in (1, 3, 5, 10):
        report.line(f"{noise_steps:2} steps of noise: {seconds_a_step(noise_steps):.3f} s")


if __name__ == "__main__":
    main()
