import math
from collections import Counter

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import RECIPES, find_recipe
from lenet_tf1.training.plan import change
from lenet_tf1.training.ranges import SEARCHED, default_ranges, parse_ranges, settings


def drawn(ranges, trials=200, seed=0, recipe="lenet"):
    parsed = parse_ranges(find_recipe(recipe), ranges)
    return [settings(parsed, seed, trial) for trial in range(1, trials + 1)]


@pytest.mark.parametrize("name", RECIPES)
def test_the_usual_ranges_of_every_recipe_give_recipes(name):
    recipe = find_recipe(name)
    ranges = default_ranges(recipe)
    assert ("keep_prob" in ranges) == (recipe.keep_prob < 1)
    assert ("warm_up" in ranges) != ("decay_rate" in ranges)
    trials = drawn(ranges, 50, recipe=name)
    assert all(set(trial) == set(ranges) for trial in trials)
    assert len({change(recipe, trial) for trial in trials}) == 50  # which would refuse values that can't be


def test_a_trial_depends_on_seed_number_and_each_setting_alone():
    alone, both = {"shift": "0:1"}, {"learning_rate": "1e-4:1e-2", "shift": "0:1"}
    assert drawn(both) == drawn(both)
    assert drawn(both)[:10] == drawn(both, 10)
    assert [trial["shift"] for trial in drawn(both)] == [trial["shift"] for trial in drawn(alone)]
    assert drawn(both) != drawn(both, seed=1)
    assert drawn(alone, 2) == [{"shift": 0.809}, {"shift": 0.696}]  # and on no version of Python


def test_ranges_are_filled():
    trials = drawn({"learning_rate": "1e-4:1e-2", "keep_prob": "0.3:1", "decay_epochs": "1:3", "batch_size": "16:100"})
    rates, shares = ([trial[name] for trial in trials] for name in ("learning_rate", "keep_prob"))
    assert min(rates) >= 1e-4 and max(rates) <= 1e-2
    assert abs(sum(map(math.log10, rates)) / 200 + 3) < 0.15  # as many below 0.001 as above
    assert min(shares) < 0.33 and max(shares) > 0.97 and abs(sum(shares) / 200 - 0.65) < 0.05
    assert set(Counter(trial["decay_epochs"] for trial in trials)) == {1, 2, 3}
    assert set(Counter(trial["batch_size"] for trial in trials)) == {16, 32, 64}
    assert all(isinstance(trial["batch_size"], int) for trial in trials)
    assert all(float(f"{rate:.3g}") == rate for rate in rates)


def test_values_to_choose_from():
    assert {trial["shift"] for trial in drawn({"shift": "0,0.5,2"})} == {0, 0.5, 2}
    assert {trial["shift"] for trial in drawn({"shift": "0.1234567"})} == {0.1234567}
    assert {trial["shift"] for trial in drawn({"shift": "0.1234567:0.1234567"})} == {0.1234567}


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"learning_rat": "1:2"}, "no setting named learning_rat to search; did you mean learning_rate?"),
        ({"network": "lenet"}, f"did you mean {', '.join(SEARCHED)}"),
        ({"seed": "1:2"}, "no setting named seed"),
        ({"keep_prob": "0.5:2"}, "keep prob must be from 0.001 to 1, not 2"),
        ({"learning_rate": "0:1"}, "learning rate must be from 1e-37"),
        ({"learning_rate": "nan:1"}, "learning rate must be from 1e-37"),
        ({"shift": "inf"}, "shift must be from 0 to 28"),
        ({"shift": "1:0"}, "the range of shift is LOW:HIGH or A,B,C, not 1:0"),
        ({"shift": "0:1:2"}, "LOW:HIGH or A,B,C, not 0:1:2"),
        ({"shift": "0:1,2"}, "LOW:HIGH or A,B,C, not 0:1,2"),
        ({"shift": ""}, "shift in a range is a number, not ''"),
        ({"shift": "1,"}, "shift in a range is a number, not ''"),
        ({"batch_size": "16.5"}, "batch size in a range is a whole number, not '16.5'"),
        ({"batch_size": "9" * 5000}, "batch size in a range is a whole number"),
    ],
)
def test_what_cannot_be_is_a_sentence(ranges, said):
    with pytest.raises(InputError) as error:
        parse_ranges(find_recipe("lenet"), ranges)
    assert said in str(error.value)
