"""Checkpoints that scripts in the documents' style wrote become runs that say the same of every image."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf2
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET
from lenet_tf1.convert.importing import import_checkpoint
from lenet_tf1.data.batches import Batches, as_input
from lenet_tf1.import_checkpoint import main
from lenet_tf1.inference.frozen import restore
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.runs.finding import find
from lenet_tf1.runs.matching import Rules, parse_renames
from lenet_tf1.train import train

pytestmark = pytest.mark.usefixtures("forked_readers")
IMAGES = 2000  # of the test set


@pytest.fixture(scope="module")
def pictures(mnist):
    return as_input(mnist.test.images[:IMAGES])


def same(run_or_checkpoint, expected, pictures, recipe=None):
    """Whether the network there says what the script said of every image."""
    with restore(run_or_checkpoint, recipe and find_recipe(recipe)) as network:
        probabilities = network.probabilities(pictures)
    assert np.abs(probabilities - expected).max() < 1e-5
    assert np.array_equal(probabilities.argmax(axis=1), expected.argmax(axis=1))


def document_000(x, y):
    """Document 000's network, as it writes it. Returns the output and the update."""

    def get_variable(name, shape):
        return tf.get_variable(name, shape, tf.float32, tf.random_normal_initializer(0, 0.1))

    net = tf.reshape(x, [-1, 28, 28, 1])
    for conv, shape in [("conv2", [5, 5, 1, 20]), ("conv4", [5, 5, 20, 50])]:
        with tf.variable_scope(conv):
            net = tf.nn.conv2d(net, get_variable("w", shape), strides=[1, 1, 1, 1], padding="SAME")
            net = tf.nn.relu(tf.nn.bias_add(net, get_variable("b", shape[-1:])))
            net = tf.nn.max_pool(net, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    with tf.variable_scope("fc6"):
        net = tf.add(tf.matmul(tf.reshape(net, [-1, 2450]), get_variable("w", [2450, 500])), get_variable("b", [500]))
        net = tf.nn.relu(net)
    with tf.variable_scope("fc7"):
        logits = tf.add(tf.matmul(net, get_variable("w", [500, 10])), get_variable("b", [10]))
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=logits, labels=y))
    return tf.nn.softmax(logits), tf.train.AdamOptimizer(0.001).minimize(cost)


def document_003(x, y):
    """Document 003's network: variables without names."""

    def weights(shape):
        return tf.Variable(tf.truncated_normal(shape, stddev=0.05))

    net, out = tf.reshape(x, [-1, 28, 28, 1]), None
    for shape in ([5, 5, 1, 32], [5, 5, 32, 64]):
        w, b = weights(shape), tf.Variable(tf.constant(0.1, shape=shape[-1:]))
        net = tf.nn.relu(tf.nn.conv2d(net, w, strides=[1, 1, 1, 1], padding="SAME") + b)
        net = tf.nn.max_pool(net, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    w, b = weights([3136, 1024]), tf.Variable(tf.constant(0.1, shape=[1024]))
    net = tf.nn.relu(tf.matmul(tf.reshape(net, [-1, 3136]), w) + b)
    out = tf.nn.softmax(tf.matmul(net, weights([1024, 10])) + weights([10]))
    loss = -tf.reduce_mean(y * tf.log(out))
    return out, tf.train.AdamOptimizer(1e-4).minimize(loss)


def run_script(build, mnist, pictures, save, *, scope=None, average=False):
    """Train a few steps as the documents do, call `save(session)`, and return what it says of the pictures."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        x, y = tf.placeholder(tf.float32, [None, 784], name="x"), tf.placeholder(tf.float32, [None, 10], name="y")
        if scope:
            with tf.variable_scope(scope):
                out, update = build(x, y)
        else:
            out, update = build(x, y)
        averages = tf.train.ExponentialMovingAverage(0.5) if average else None
        if averages:
            with tf.control_dependencies([update]):
                update = averages.apply(tf.trainable_variables())
        session.run(tf.global_variables_initializer())
        batches = Batches(mnist.train, 50, classes=10)
        for i in range(5):
            images, labels = batches[i]
            session.run(update, {x: images, y: labels})
        save(session)
        if averages:
            for variable in tf.trainable_variables():
                session.run(tf.assign(variable, averages.average(variable)))
        return session.run(out, {x: pictures})


def saver(folder, **options):
    def save(session):
        tf.train.Saver(**options).save(session, str(folder / "model"))

    return save


def test_document_000_is_imported_evaluates_and_trains_on(tmp_path, mnist, pictures, small_folder):
    (tmp_path / "mnist").mkdir()
    expected = run_script(document_000, mnist, pictures, saver(tmp_path / "mnist"))
    imported = import_checkpoint(tmp_path / "mnist" / "model", "lenet", tmp_path / "run", dataset=str(small_folder))
    assert imported.match.how == "name"
    same(tmp_path / "run", expected, pictures)
    same(tmp_path / "mnist", expected, pictures, "lenet")
    checkpoint = checkpoints.newest(tmp_path / "run")
    assert (checkpoint.step, checkpoint.recipe.precision, len(checkpoint.recipe.origin)) == (0, "fp32", 64)
    recipe = dataclasses.replace(checkpoint.recipe, steps=20)
    result = train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    assert result["steps"] == 20
    assert checkpoints.newest(tmp_path / "run").recipe.origin == checkpoint.recipe.origin


def test_document_003s_unnamed_variables(tmp_path, mnist, pictures):
    expected = run_script(document_003, mnist, pictures, saver(tmp_path))
    imported = import_checkpoint(tmp_path / "model", "deep-mnist", tmp_path / "run")
    assert imported.match.how == "order"
    assert imported.match.taken["fc7/b"] == "Variable_7"
    assert "Variable/Adam" in imported.match.left
    same(tmp_path / "run", expected, pictures)


@pytest.mark.full
def test_averages_are_taken_unless_told_otherwise(tmp_path, mnist, pictures):
    expected = run_script(document_000, mnist, pictures, saver(tmp_path), average=True)
    averaged = import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run")
    assert averaged.match.taken["conv2/w"] == "conv2/w/ExponentialMovingAverage"
    same(tmp_path / "run", expected, pictures)
    plain = import_checkpoint(tmp_path / "model", "lenet", None, rules=Rules(averages=False))
    assert plain.match.taken["conv2/w"] == "conv2/w"


@pytest.mark.full
def test_a_scope_in_front(tmp_path, mnist, pictures):
    expected = run_script(document_000, mnist, pictures, saver(tmp_path), scope="LeNet")
    assert import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run").match.how == "name in the scope LeNet"
    same(tmp_path / "run", expected, pictures)


@pytest.mark.full
def test_version_1_of_the_format(tmp_path, mnist, pictures):
    expected = run_script(document_000, mnist, pictures, saver(tmp_path, write_version=tf.train.SaverDef.V1))
    assert not (tmp_path / "model.index").exists()
    import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run")
    same(tmp_path / "run", expected, pictures)
    same(tmp_path, expected, pictures, "lenet")  # as its state file names it


@pytest.mark.full
def test_a_map_of_names(tmp_path, mnist, pictures):
    def with_another(x, y):
        tf.get_variable("other", [5, 5, 1, 20])
        return document_000(x, y)

    def save(session):
        names = {v.op.name.replace("conv", "layer_").replace("fc", "layer_"): v for v in tf.trainable_variables()}
        tf.train.Saver({name.replace("/w", "/kernel"): v for name, v in names.items()}).save(
            session, str(tmp_path / "model")
        )

    expected = run_script(with_another, mnist, pictures, save)
    with pytest.raises(InputError, match=r"of another network: it holds .*layer_2/kernel \[5, 5, 1, 20\]"):
        import_checkpoint(tmp_path / "model", "lenet", None)
    renames = parse_renames([r"layer_([24])/kernel=conv\1/w", r"layer_(\d)/kernel=fc\1/w", r"layer_([24])/b=conv\1/b"])
    rules = Rules((*renames, (r"layer_(\d)/b", r"fc\1/b")))
    imported = import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run", rules=rules)
    assert imported.match.left == ["other"]
    same(tmp_path / "run", expected, pictures)


KERAS = {
    "generator-cnn": lambda k: [
        k.Conv2D(64, 3, padding="same", activation="relu"),
        k.MaxPooling2D(),
        k.Conv2D(128, 3, padding="same", activation="relu"),
        k.MaxPooling2D(),
        k.Conv2D(64, 3, activation="relu"),
        k.Conv2D(32, 3, padding="same", activation="relu"),
        k.Flatten(),
        k.Dense(10, activation="softmax"),
    ],
    "one-conv": lambda k: [
        k.Conv2D(64, 3, activation="relu"),
        k.MaxPooling2D(),
        k.Flatten(),
        k.Dense(128, activation="relu"),
        k.Dense(10, activation="softmax"),
    ],
    "bootcamp": lambda k: [
        k.Conv2D(32, 3, activation="relu"),
        k.MaxPooling2D(),
        k.Conv2D(64, 3, activation="relu"),
        k.MaxPooling2D(),
        k.Flatten(),
        k.Dense(64, activation="relu"),
        k.Dense(10),
    ],
}
KERAS["fashion"] = lambda k: [
    k.Conv2D(64, 3, activation="relu"),
    k.MaxPooling2D(),
    k.Conv2D(64, 3, activation="relu"),
    k.MaxPooling2D(),
    k.Flatten(),
    k.Dense(128, activation="relu"),
    k.Dense(10, activation="softmax"),
]


@pytest.fixture(scope="module")
def keras_models(mnist, pictures):
    """Of each document's Keras network a model after a few steps, and what it says of the pictures."""
    made = {}

    def make(name):
        if name not in made:
            layers = tf2.keras.layers
            tf2.keras.utils.set_random_seed(0)
            model = tf2.keras.Sequential([tf2.keras.Input([28, 28, 1]), *KERAS[name](layers)])
            softmax = name != "bootcamp"
            loss = tf2.keras.losses.SparseCategoricalCrossentropy(from_logits=not softmax)
            model.compile("adam", loss, metrics=["accuracy"])
            x = as_input(mnist.train.images[:200]).reshape(-1, 28, 28, 1)
            model.fit(x, mnist.train.labels[:200], batch_size=50, verbose=0)
            out = model.predict(pictures.reshape(-1, 28, 28, 1), verbose=0)
            made[name] = model, out if softmax else tf2.nn.softmax(out).numpy()
        return made[name]

    return make


@pytest.mark.parametrize(
    "file",
    [
        "my_model_conv2d.h5",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("model.keras", "model.weights.h5")),
    ],
)
@pytest.mark.parametrize(
    "recipe",
    [name if name == "bootcamp" else pytest.param(name, marks=pytest.mark.full) for name in sorted(KERAS)],
)
def test_keras(recipe, file, keras_models, pictures, tmp_path):
    model, expected = keras_models(recipe)
    (model.save_weights if "weights" in file else model.save)(tmp_path / file)
    imported = import_checkpoint(tmp_path / file, recipe, tmp_path / "run")
    assert all("optimizer" in name or "kernel" not in name for name in imported.match.left)
    same(tmp_path / "run", expected, pictures)


@pytest.mark.full
def test_kerass_checkpoints_of_tensorflows_format(keras_models, pictures, tmp_path):
    model, expected = keras_models("generator-cnn")
    tf2.train.Checkpoint(model=model).write(str(tmp_path / "ckpt"))
    import_checkpoint(tmp_path / "ckpt", "generator-cnn", tmp_path / "run")
    same(tmp_path / "run", expected, pictures)


def test_a_keras_file_is_evaluated_without_an_import(keras_models, pictures, tmp_path):
    model, expected = keras_models("bootcamp")
    model.save(tmp_path / "model.keras")
    same(tmp_path / "model.keras", expected, pictures, "bootcamp")
    same(tmp_path, expected, pictures, "bootcamp")  # the only one in its folder
    with pytest.raises(InputError, match=r"model\.keras has no recipe beside it; say .* --recipe"):
        find(tmp_path / "model.keras")
    with pytest.raises(InputError, match="of another network: it holds"):
        import_checkpoint(tmp_path / "model.keras", "lenet", None)


def test_a_saved_model_of_tensorflow_1(tmp_path, mnist, pictures):
    def save(session):
        builder = tf.saved_model.Builder(str(tmp_path / "saved"))
        builder.add_meta_graph_and_variables(session, [tf.saved_model.SERVING])
        builder.save()

    expected = run_script(document_000, mnist, pictures, save)
    for place in (tmp_path / "saved", tmp_path / "saved" / "saved_model.pb"):
        same(place, expected, pictures, "lenet")


@pytest.mark.full
def test_a_run_that_is_there_already(mnist, pictures, tmp_path):
    run_script(document_000, mnist, pictures[:1], saver(tmp_path))
    import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run")
    with pytest.raises(InputError, match="holds a run already"):
        import_checkpoint(tmp_path / "model", "lenet", tmp_path / "run")


@pytest.mark.full
def test_what_the_command_says(mnist, pictures, tmp_path, capsys):
    run_script(document_003, mnist, pictures[:1], saver(tmp_path))
    options = [str(tmp_path / "model"), "--recipe", "deep-mnist"]
    assert main(options) == 2
    assert "say --run-dir" in capsys.readouterr().err
    assert main([*options, "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "Found by order:",
        "  Variable   -> conv2/w [5, 5, 1, 32]",
        "  Variable_1 -> conv2/b [32]",
    ]
    assert said[-1].startswith("Left over: ")
    assert not (tmp_path / "run").exists()
    assert main([*options, "--run-dir", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.endswith(f"Next:\n  python -m lenet_tf1.evaluate {tmp_path / 'run'}\n")
