import dataclasses
import json

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import AS_WRITTEN, RECIPES, Recipe, as_written, find_recipe


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=str)
def test_json_and_back(recipe):
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@pytest.mark.parametrize(
    "changes",
    [{"epochs": "3"}, {"epochs": True}, {"classes": ["0", 1]}, {"classes": None}, {"name": None}, {"extra": 1}],
)
def test_json_of_something_else_is_refused(changes):
    with pytest.raises(InputError):
        Recipe.from_json(find_recipe("lenet").to_json() | changes)


def test_json_from_before_a_field_was_added_means_what_it_did():
    fields = find_recipe("lenet").to_json()
    del fields["schedule"], fields["bend"]
    assert Recipe.from_json(fields) == find_recipe("lenet")


@pytest.mark.parametrize("content", [None, [], "lenet", {}, {"name": "lenet"}])
def test_json_that_is_no_recipe_is_refused(content):
    with pytest.raises(InputError, match="not one that this version of lenet_tf1 wrote"):
        Recipe.from_json(content)


def test_whole_numbers_do_for_fractions():
    assert dataclasses.replace(find_recipe("lenet"), keep_prob=1).keep_prob == 1


def test_near_names():
    with pytest.raises(InputError, match=r"no recipe named Fashion; did you mean fashion\?"):
        find_recipe("Fashion")
    with pytest.raises(InputError, match="did you mean"):
        find_recipe("zzz")


def test_mistakes_to_show():
    assert set(AS_WRITTEN) == {"lenet", "deep-mnist"}
    recipe, mistakes = as_written("lenet")
    assert recipe.learning_rate == 1.0
    assert recipe.selection_split == "test"
    assert "softmax is applied twice" in mistakes
    with pytest.raises(InputError, match="bootcamp has no mistakes to show; lenet and deep-mnist have"):
        as_written("bootcamp")
