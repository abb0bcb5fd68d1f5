import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.graph.networks import NETWORKS, find_network, lenet
from lenet_tf1.graph.summary import summarize


def test_lenet_is_document_000s():
    with tf.Graph().as_default():
        ends = lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        shapes = {variable.op.name: variable.shape.as_list() for variable in tf.trainable_variables()}
        parameters = sum(variable.shape.num_elements() for variable in tf.trainable_variables())
    assert parameters == 1_256_080
    assert shapes == {
        "conv2/w": [5, 5, 1, 20],
        "conv2/b": [20],
        "conv4/w": [5, 5, 20, 50],
        "conv4/b": [50],
        "fc6/w": [2450, 500],
        "fc6/b": [500],
        "fc7/w": [500, 10],
        "fc7/b": [10],
    }
    assert {scope: end.shape.as_list() for scope, end in ends.items()} == {
        "input1": [None, 28, 28, 1],
        "conv2": [None, 28, 28, 20],
        "pool3": [None, 14, 14, 20],
        "conv4": [None, 14, 14, 50],
        "pool5": [None, 7, 7, 50],
        "fc6": [None, 500],
        "fc7": [None, 10],
    }
    assert all(end.name.startswith(f"{scope}/") for scope, end in ends.items())


# The documents' layers, as scope, shape of the output and parameters.
LAYERS = {
    "generator-cnn": [  # document 001
        ("conv2", [28, 28, 64], 640),
        ("pool3", [14, 14, 64], 0),
        ("conv4", [14, 14, 128], 73_856),
        ("pool5", [7, 7, 128], 0),
        ("conv6", [5, 5, 64], 73_792),
        ("conv7", [5, 5, 32], 18_464),
        ("fc8", [10], 8_010),
    ],
    "fashion": [  # document 002
        ("conv2", [26, 26, 64], 640),
        ("pool3", [13, 13, 64], 0),
        ("conv4", [11, 11, 64], 36_928),
        ("pool5", [5, 5, 64], 0),
        ("fc6", [128], 204_928),
        ("fc7", [10], 1_290),
    ],
    "one-conv": [  # document 002's exercise
        ("conv2", [26, 26, 64], 640),
        ("pool3", [13, 13, 64], 0),
        ("fc4", [128], 1_384_576),
        ("fc5", [10], 1_290),
    ],
    "deep-mnist": [  # document 003
        ("conv2", [28, 28, 32], 832),
        ("pool3", [14, 14, 32], 0),
        ("conv4", [14, 14, 64], 51_264),
        ("pool5", [7, 7, 64], 0),
        ("fc6", [1024], 3_212_288),
        ("fc7", [10], 10_250),
    ],
    "bootcamp": [  # document 004
        ("conv2", [26, 26, 32], 320),
        ("pool3", [13, 13, 32], 0),
        ("conv4", [11, 11, 64], 18_496),
        ("pool5", [5, 5, 64], 0),
        ("fc6", [64], 102_464),
        ("fc7", [10], 650),
    ],
    "small": [
        ("conv2", [24, 24, 16], 416),
        ("pool3", [12, 12, 16], 0),
        ("conv4", [10, 10, 32], 4_640),
        ("pool5", [5, 5, 32], 0),
        ("fc6", [256], 205_056),
        ("fc7", [10], 2_570),
    ],
    "three-conv": [
        ("conv2", [24, 24, 16], 416),
        ("pool3", [12, 12, 16], 0),
        ("conv4", [10, 10, 32], 4_640),
        ("pool5", [5, 5, 32], 0),
        ("conv6", [5, 5, 96], 27_744),
        ("fc7", [10], 24_010),
    ],
    "norm-conv": [
        ("conv2", [24, 24, 16], 416),
        ("pool3", [12, 12, 16], 0),
        ("conv4", [10, 10, 64], 9_280),
        ("pool5", [5, 5, 64], 0),
        ("conv6", [5, 5, 128], 73_856),
        ("conv7", [3, 3, 128], 147_584),
        ("fc8", [10], 11_530),
    ],
    "lenet5": [  # document 003's explanation, and the paper
        ("C1", [28, 28, 6], 156),
        ("S2", [14, 14, 6], 12),
        ("C3", [10, 10, 16], 1_516),
        ("S4", [5, 5, 16], 32),
        ("C5", [1, 1, 120], 48_120),
        ("F6", [84], 10_164),
        ("output", [10], 0),
    ],
}
TOTALS = {"generator-cnn": 174_762, "fashion": 243_786, "one-conv": 1_386_506, "deep-mnist": 3_274_634}
TOTALS |= {"bootcamp": 121_930, "small": 212_682, "lenet5": 60_000}
TOTALS |= {"three-conv": 56_810, "norm-conv": 242_666}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_the_documents(name):
    with tf.Graph().as_default():
        ends = NETWORKS[name](tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        layers = summarize(ends)
        assert all(end.name.startswith(f"{scope}/") for scope, end in ends.items())
    assert [tuple(layer[:3]) for layer in layers[1:]] == LAYERS[name]
    assert sum(layer.parameters for layer in layers) == TOTALS[name]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_takes_any_number_of_classes(name):
    with tf.Graph().as_default(), tf.Session() as session:
        ends = NETWORKS[name](tf.zeros([3, 784]), classes=26, seed=0)
        session.run(tf.global_variables_initializer())
        logits = session.run(list(ends.values())[-1])
        assert logits.shape == (3, 26)
        assert np.isfinite(logits).all()


def test_document_003_starts_from_small_numbers_and_a_bias():
    with tf.Graph().as_default(), tf.Session() as session:
        NETWORKS["deep-mnist"](tf.zeros([1, 784]), classes=10, seed=0)
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            value = session.run(variable)
            if variable.op.name.endswith("/b"):
                assert (value == np.float32(0.1)).all()
            else:
                assert np.abs(value).max() <= 0.1  # cut off at two standard deviations of 0.05
                assert value.std() == pytest.approx(0.044, rel=0.05)


def test_the_graph_holds_no_keras():
    with tf.Graph().as_default() as graph:
        lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        assert not any("keras" in operation.name for operation in graph.get_operations())


OWN = """
def tiny(x, *, classes, seed):
    return {}

class Several:
    tiny = staticmethod(tiny)

number = 3

def needs_units(x, *, classes, seed, units):
    return {}
"""


@pytest.fixture
def own_modules(tmp_path, monkeypatch):
    """A folder of modules on sys.path."""
    contents = {
        "own_network": OWN,
        "own_syntax": "def tiny(",
        "own_import": "import nothing_of_this_name",
        "own_error": "raise ValueError('first\\n  second')",
        "own_script": "raise SystemExit(3)",
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in contents:
        sys.modules.pop(name, None)


def test_a_network_is_found_by_its_name_or_imported(own_modules):
    assert find_network("lenet") is NETWORKS["lenet"]
    assert find_network("lenet_tf1.graph.networks:lenet") is lenet
    tiny = find_network("own_network:tiny")
    assert tiny is sys.modules["own_network"].tiny
    assert find_network("own_network:Several.tiny") is tiny


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lenett", "there is no network named 'lenett'; did you mean lenet or lenet5, or module:function for your own"),
        ("", "there is no network named ''; did you mean bootcamp or deep-mnist or .*, or module:function for"),
        ("own_network", "there is no network named 'own_network'; did you mean .* or module:function for your own?"),
        ("own_network:", "there is no network named 'own_network:'; did you mean "),
        (":tiny", "there is no network named ':tiny'; did you mean "),
        (".own_network:tiny", "there is no network named '.own_network:tiny'; did you mean "),
        ("a:b:c", "there is no network named 'a:b:c'; did you mean "),
        ("a\n:b", r"there is no network named 'a\\n:b'; did you mean "),
        (
            "nowhere:tiny",
            r"the module nowhere can't be imported for its network \(ModuleNotFoundError: No module named 'nowhere'\)$",
        ),
        (
            "own_import:tiny",
            r"the module own_import can't be .* \(ModuleNotFoundError: No module named 'nothing_of_this_name'\)$",
        ),
        ("own_syntax:tiny", r"the module own_syntax can't be imported for its network \(SyntaxError: .*line 1\)\)$"),
        ("own_error:tiny", r"the module own_error can't be imported for its network \(ValueError: first second\)$"),
        ("own_script:tiny", r"the module own_script can't be imported for its network \(SystemExit: 3\)$"),
        ("own_network:big", "there is no network own_network:big: module 'own_network' has no attribute 'big'$"),
        ("own_network:tiny.big", "there is no network own_network:tiny.big: .* has no attribute 'big'$"),
        ("own_network:number", "own_network:number is no network: it is of type int, not a function$"),
        (
            "own_network:needs_units",
            r"own_network:needs_units can't be called as a network, with \(x, \*, classes, seed\): missing a required "
            r".*argument: 'units'$",
        ),
    ],
)
def test_what_is_no_network_is_one_sentence(own_modules, name, said):
    with pytest.raises(InputError, match=said) as error:
        find_network(name)
    assert "\n" not in str(error.value)


def test_a_name_does_not_change_where_modules_are_looked_for(own_modules, monkeypatch):
    monkeypatch.chdir(own_modules)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place not in ("", str(own_modules))])
    before = list(sys.path)
    for name in ("own_network:tiny", f"{own_modules}/own_network:tiny", "own_network.py:tiny"):
        with pytest.raises(InputError):
            find_network(name)
    assert sys.path == before
    assert "own_network" not in sys.modules
