"""Which of a checkpoint's variables are taken for a network's, and what is said where none are."""

import re

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.runs.matching import Rules, Stored, differences, match, natural_order, parse_renames

SHAPES = {"conv2/w": [3, 3, 1, 4], "conv2/b": [4], "fc3/w": [16, 2], "fc3/b": [2]}
NO_NAMES = {f"Variable_{i}": shape for i, shape in enumerate(SHAPES.values())}
SAME = {name: name for name in SHAPES}


def stored(shapes, dtype="float32"):
    return {name: Stored(shape, dtype) for name, shape in shapes.items()}


def matched(found, shapes=None, **rules):
    return match(found, shapes or SHAPES, Rules(**rules))


def test_the_networks_own_names():
    found = stored({"fc3/w/Adam": [16, 2], "global_step": []} | dict(reversed(SHAPES.items())))
    assert matched(found).taken == SAME
    assert matched(found).left == ["fc3/w/Adam", "global_step"]
    assert (matched(found).how, matched(found).wrong) == ("name", [])


def test_averages_of_all_variables_before_the_variables():
    averages = {f"{name}/ExponentialMovingAverage": shape for name, shape in SHAPES.items()}
    found = stored(SHAPES | averages)
    assert matched(found).taken == dict(zip(SHAPES, averages, strict=True))
    assert matched(found).left == list(SHAPES)
    assert matched(found, averages=False).taken == SAME
    assert matched(stored(averages), averages=False).taken == {}
    del found["fc3/b/ExponentialMovingAverage"]
    assert matched(found).taken == SAME


def test_names_in_one_scope():
    found = stored({f"tower/net/{name}": shape for name, shape in SHAPES.items()} | {"tower/net/conv2/w/Adam": [4]})
    answer = matched(found)
    assert answer.taken == {name: f"tower/net/{name}" for name in SHAPES}
    assert (answer.how, answer.left) == ("name in the scope tower/net", ["tower/net/conv2/w/Adam"])
    half = {name.replace("conv2", "net/conv2"): shape for name, shape in SHAPES.items()}
    assert matched(stored(half)).how == "order"
    both = found | stored({f"other/{name}": shape for name, shape in SHAPES.items()})
    assert matched(both).taken == {}  # which of the two is nobody's guess


def test_the_order_in_which_both_list_them():
    found = stored({**NO_NAMES, "Variable/Adam": [3, 3, 1, 4], "rate": []}) | stored({"epochs": [2]}, "int64")
    assert matched(found).taken == dict(zip(SHAPES, NO_NAMES, strict=True))
    assert (matched(found).how, matched(found).left) == ("order", ["Variable/Adam", "rate", "epochs"])
    scale = SHAPES | {"scale": []}  # a network that has a scalar itself
    assert matched(stored(NO_NAMES | {"Variable_4": []}), scale).taken["scale"] == "Variable_4"


@pytest.mark.parametrize(
    "name",
    [
        *("v/Adam", "v/Adam_1", "v/Momentum", "v/RMSProp_1", "beta1_power", "beta2_power_1", "optimizer/v/velocity"),
        *("_optimizer/vars/3", "optimizer_weights/adam/v:0", "seed_generator/state", "keras_api/metrics/v"),
        *("model/v/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE", "save_counter/.ATTRIBUTES/VARIABLE_VALUE"),
    ],
)
def test_what_optimizers_keep_is_not_taken(name):
    found = stored({name: SHAPES["conv2/w"]} | NO_NAMES)
    assert matched(found).taken == dict(zip(SHAPES, NO_NAMES, strict=True))


def test_shapes_that_one_variable_has():
    assert matched(stored(dict(reversed(NO_NAMES.items())))).taken == dict(zip(SHAPES, NO_NAMES, strict=True))
    assert matched(stored(dict(reversed(NO_NAMES.items())))).how == "shape"
    assert matched(stored({"another": [4]} | NO_NAMES)).taken == {}
    twice = SHAPES | {"fc4/b": [2]}
    assert matched(stored(dict(reversed(NO_NAMES.items()))), twice).taken == {}
    assert matched(stored({"another": [2]} | NO_NAMES), twice).taken == {}


def test_the_first_rename_that_fits_a_whole_name_is_taken():
    found = stored({f"layer{name[-3]}/{name[-1]}": shape for name, shape in SHAPES.items()} | {"old_layer2/w": [1]})
    renames = [("layer2/(.)", r"conv2/\1"), ("layer3|layer3/w", "fc3/w"), (".*/b", "fc3/b"), (".*", "XX")]
    answer = matched(found, renames=tuple(renames))
    assert answer.taken == {"conv2/w": "layer2/w", "conv2/b": "layer2/b", "fc3/w": "layer3/w", "fc3/b": "layer3/b"}
    assert (answer.how, answer.left) == ("name", ["old_layer2/w"])
    anything = matched(stored({"w": [1]}), {"net/w": [1]}, renames=(("(.*)", r"net/\1"),))
    assert (anything.taken, anything.how) == ({"net/w": "w"}, "name")


def test_two_names_for_one_variable_are_refused():
    with pytest.raises(InputError, match="--map would make fc6/w of both a/w and b/w"):
        matched(stored({"a/w": [1], "b/w": [1]}), {"fc6/w": [1]}, renames=(("./w", "fc6/w"),))


def test_renames_of_averages():
    found = stored({"w": [1], "w/ExponentialMovingAverage": [1]})
    answer = matched(found, {"fc6/w": [1]}, renames=(("w(.*)", r"fc6/w\1"),))
    assert (answer.taken, answer.how) == ({"fc6/w": "w/ExponentialMovingAverage"}, "name")


def test_pairs_of_the_map():
    assert parse_renames(["(?=a)b=c/w", "d=e"]) == (("(?=a)b", "c/w"), ("d", "e"))


@pytest.mark.parametrize("text", ["conv2/w", "=conv2/w", "a=", "(=b", r"a=\1"])
def test_a_map_that_is_none(text):
    with pytest.raises(InputError, match=f"--map {re.escape(text)} is no pattern=name"):
        parse_renames([text])


def test_each_difference_is_named():
    found = stored({"a": [1], "b": [3]}) | stored({"c": [1]}, "int32")
    for dtype in ("float64", "float16", "bfloat16"):
        found |= stored({dtype: [2]}, dtype)
    shapes = {"a": (1,), "b": [2], "c": [1], "d": [1], "float64": [2], "float16": [2], "bfloat16": [2]}
    assert differences(found, shapes) == ["b is [3] instead of [2]", "c is int32 instead of float32", "d is missing"]


def test_a_checkpoint_of_another_network_says_what_it_holds():
    few = {"conv2/w": [3, 3, 1, 4], "conv2/b": [5]}
    said = ["conv2/b is [5] instead of [4]", "fc3/w is missing", "fc3/b is missing"]
    assert matched(stored(few)).wrong == said
    assert matched(stored({name: [1] for name in SHAPES})).wrong[0] == "conv2/w is [1] instead of [3, 3, 1, 4]"
    assert matched(stored({"conv2/w": [3, 3, 1, 4]})).wrong == ["conv2/b is missing", *said[1:]]
    assert matched({}, {"v": [2], "u": []}).wrong == ["it holds nothing where the network has v [2], u []"]
    where = "where the network has v [2]"
    found = stored({f"w{i}": [1] for i in range(12)} | {"w0/Adam": [1]})
    answer = matched(found, {"v": [2]})
    assert answer.wrong == [f"it holds {', '.join(f'w{i} [1]' for i in range(12))} {where}"]
    assert (answer.taken, answer.left) == ({}, list(found))
    assert f"w11 [1] and 2 more {where}" in matched(found | stored({"x": [1], "y": [1]}), {"v": [2]}).wrong[0]


def test_names_sort_as_layers_are_made():
    names = ["Variable", "Variable_2", "Variable_10"]
    names += ["conv2d/kernel", "conv2d/bias", "conv2d_2/kernel", "conv2d_10/kernel", "conv2d_10/bias"]
    names += ["fc6/w", "fc6/b"]
    names += ["layer-2/k/.ATTRIBUTES/VARIABLE_VALUE", "layer-2/b/.ATTRIBUTES/VARIABLE_VALUE", "layer-10/k"]
    names += ["vars/0", "vars/1", "vars/9", "vars/10"]
    backwards = names[::-1]
    assert sorted(backwards, key=natural_order) == names
