import numpy as np

from lenet_tf1.base.report import Recorded
from lenet_tf1.training.display import EpochTable, IterationLines

ROW = {"epoch": 3, "loss": 0.0237, "accuracy": 0.9928, "validation_accuracy": 0.9914, "learning_rate": 0.0005}


def test_a_row_stands_under_its_header():
    report = Recorded()
    rows = EpochTable(report)
    rows.begin()
    rows.step(1, np.array([True]))
    rows.epoch(ROW, 5940.4)
    assert report.lines == [
        "epoch     loss   training  validation  learning rate  images/s",
        "    3   0.0237     99.28%      99.14%         0.0005     5,940",
    ]


def test_iterations_are_told_in_document_003s_words():
    report = Recorded()
    iterations = IterationLines(report, every=2)
    iterations.begin()
    for step, right in enumerate([50, 48, 0, 25, 50], 1):
        iterations.step(step, np.arange(50) < right)
    iterations.epoch(ROW, 5940.4)
    assert report.lines == [
        "Optimization Iteration:     2, Training Accuracy:  98.0%",
        "Optimization Iteration:     4, Training Accuracy:  25.0%",
        "Accuracy on Validation-Set after epoch 3: 99.1%",
    ]
