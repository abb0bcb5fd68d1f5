import shutil
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import cv2
import numpy as np
import processes
import pytest
from pictures import PICTURES, Digits, on

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import images, normalize
from lenet_tf1.inference.frozen import FrozenNetwork
from lenet_tf1.reading import ensemble
from lenet_tf1.reading import recognizer as recognizer_module
from lenet_tf1.reading.recognizer import Recognizer
from lenet_tf1.reading.results import Digit, as_json, texts
from lenet_tf1.reading.results import digits as digits_of
from lenet_tf1.runs.shipped import SHIPPED, SHIPPED_READER


@pytest.fixture(scope="module")
def digits(mnist):
    return Digits(mnist.test)


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_in_the_picture_is_read(recognizer, digits, name):
    data, wanted = PICTURES[name](np.random.default_rng(5), digits)
    assert texts(recognizer.read(images.decode(data))) == wanted


def test_boxes_are_in_the_pictures_own_pixels(recognizer, digits):
    grey = np.full([4000, 3000], 255, np.uint8)
    grey[1000:1800, 1200:1260] = 0
    (digit,) = recognizer.read_drawing(grey)[0][0]
    assert digit.label == "1"
    assert np.allclose(digit.box, (1200, 1000, 60, 800), atol=8)


def test_a_scribble_is_not_sold_as_a_digit(recognizer):
    rng = np.random.default_rng(0)
    import cv2

    sure = []
    for _ in range(10):
        grey = np.full([300, 300], 255, np.uint8)
        points = rng.uniform(40, 260, [14, 2]).astype(np.int32)
        cv2.polylines(grey, [points], False, 0, 10, cv2.LINE_AA)
        sure += [digit for digit in digits_of(recognizer.read(grey)) if digit.probability >= 0.8]
    assert len(sure) <= 1


def test_json(recognizer, digits):
    data, _ = PICTURES["two words"](np.random.default_rng(5), digits)
    answer = as_json(recognizer.read(images.decode(data)))
    assert answer["text"] == ["2026", "11"]
    assert [digit["label"] for digit in answer["digits"]] == [*"202611"]
    assert all(len(digit["box"]) == 4 and 0 <= digit["probability"] <= 1 for digit in answer["digits"])


def test_threads_share_one_network(recognizer, mnist):
    alone = [recognizer.classify(mnist.test.images[i : i + 3]) for i in range(50)]
    together = [None] * 50

    def ask(i):
        together[i] = recognizer.classify(mnist.test.images[i : i + 3])

    threads = [threading.Thread(target=ask, args=[i]) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for a, b in zip(alone, together, strict=True):
        assert np.allclose(a, b, atol=0.02)  # bfloat16's sums depend on the batch
        assert np.array_equal(a.argmax(axis=1), b.argmax(axis=1))


def test_what_goes_wrong_reaches_who_asked(recognizer):
    for shape in ([1, 3, 3], [2, 14, 28], [1, 56, 56]):
        with pytest.raises(ValueError, match="28, 28"):
            recognizer.classify(np.zeros(shape, np.uint8))
    assert len(recognizer.classify(np.zeros([1, 28, 28], np.uint8))) == 1


def test_a_look_inside(recognizer, mnist):
    outputs, probabilities = recognizer.network.run_layers(mnist.test.images[0])
    assert probabilities.sum() == pytest.approx(1, rel=1e-5)
    assert {scope: output.shape for scope, output in outputs.items()} == {
        "input1": (28, 28, 1),
        "conv2": (28, 28, 20),
        "pool3": (14, 14, 20),
        "conv4": (14, 14, 50),
        "pool5": (7, 7, 50),
        "fc6": (500,),
        "fc7": (10,),
    }
    assert outputs["fc7"].argmax() == recognizer.classify(mnist.test.images[:1]).argmax()


def test_a_picture_made_to_take_long_does_not(recognizer, monkeypatch):
    """A brick pattern of wide marks, which all chain into one word and could each be cut."""
    import cv2

    most = []
    classify = FrozenNetwork.probabilities
    monkeypatch.setattr(FrozenNetwork, "probabilities", lambda self, x: most.append(len(x)) or classify(self, x))
    grey = np.full([1500, 1500], 255, np.uint8)
    for row in range(22):
        for column in range(22):
            left, top = 20 + column * 66 + row % 2 * 33, 20 + row * 66
            cv2.ellipse(grey, (left + 25, top + 15), (24, 14), 0, 0, 360, 0, 4)
            cv2.line(grey, (left, top + 15), (left + 50, top + 15), 0, 4)
    assert len(digits_of(recognizer.read(grey))) > 300
    assert max(most) <= 1024
    assert sum(most) < 20_000


@pytest.mark.parametrize("width", [300, 400])
def test_a_wide_digit_is_not_cut_if_the_network_is_fairly_sure(recognizer, monkeypatch, width):
    import cv2

    classify = recognizer.network.probabilities
    monkeypatch.setattr(recognizer.network, "probabilities", lambda x: 0.8 * classify(x) + 0.02)
    grey = np.full([360, 720], 255, np.uint8)
    cv2.ellipse(grey, (360, 180), (width // 2, 145), 0, 0, 360, 0, 14, cv2.LINE_AA)
    assert texts(recognizer.read(grey)) == ["0"]


def test_names_of_several_letters_are_kept_apart():
    def digit(label):
        return Digit(label, 1.0, np.ones(1), (0, 0, 1, 1), np.zeros([28, 28], np.uint8))

    assert texts([[[digit("2"), digit("0")], [digit("7")]]]) == ["20", "7"]
    assert texts([[[digit("cat"), digit("dog")]]]) == ["cat dog"]


def test_closing_it_leaves_no_thread_and_no_session(page_run, mnist):
    before = threading.active_count()
    for _ in range(3):
        with Recognizer(page_run) as one:
            one.classify(mnist.test.images[:1])
        with pytest.raises(RuntimeError, match="is closed"):
            one.classify(mnist.test.images[:1])
        with pytest.raises(RuntimeError, match="closed"):
            one.network.session.run(one.network.model.probabilities)
        with pytest.raises(RuntimeError, match="closed"):
            one.read(np.full([60, 60], 255, np.uint8))
        one.close()  # again is no error
    assert threading.active_count() == before


def test_what_waits_when_it_is_closed_is_answered(page_run, mnist):
    with Recognizer(page_run) as one, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(one.classify, mnist.test.images[:300]) for _ in range(8)]
        wait(asked, timeout=60, return_when=FIRST_COMPLETED)
        one.close()
        errors = [str(request.exception(timeout=60)) for request in asked if request.exception(timeout=60)]
    assert len(errors) < 8
    assert all("closed" in error for error in errors)
    answers = [request.result() for request in asked if not request.exception()]
    assert all(np.array_equal(answer, answers[0]) and len(answer) == 300 for answer in answers)


def test_a_forked_process_is_refused_in_a_sentence(page_run):
    code = f"""
import os, warnings
warnings.simplefilter("ignore")
import numpy as np
from lenet_tf1 import Recognizer
one = Recognizer({str(page_run)!r})
one._opening.acquire()  # another thread may be opening the page reader just now
if os.fork() == 0:
    pixels = np.zeros([1, 28, 28], np.uint8)
    for use in (lambda: one.classify(pixels), lambda: one.network.run_layers(pixels[0]), Recognizer):
        try:
            use()
        except RuntimeError as error:
            os.write(1, str(error).encode() + b"\\n")
    one.close()
    os._exit(0)
os.wait()
one._opening.release()
one.close()
"""
    result = processes.python(code)
    assert result.returncode == 0, result.stderr
    said = "TensorFlow doesn't survive a fork: start this process with multiprocessing's spawn or forkserver\n"
    assert result.stdout == said * 3


def test_an_empty_cell_alone_is_nothing(recognizer):
    for sides in ((300, 240), (400, 90)):
        cell = np.full(sides, 230, np.uint8)
        cv2.rectangle(cell, (20, 20), (sides[1] - 20, sides[0] - 20), 60, 2)
        assert recognizer.read(cell) == []


def test_a_filled_round_alone_is_nothing(recognizer):
    stain = np.full([300, 240], 230, np.uint8)
    cv2.ellipse(stain, (120, 150), (60, 80), 10, 0, 360, 50, -1)
    assert recognizer.read(stain) == []


def on_a_sheet(ink):
    """Ink in the middle of a sheet that is five times as wide and high."""
    rows, columns = ink.shape
    ink = np.pad(ink, ((2 * rows, 2 * rows), (2 * columns, 2 * columns))).astype(float) / 255
    return np.round(on(cv2.GaussianBlur(ink, (0, 0), 0.7), 235, 60)).astype(np.uint8)


def test_a_1_with_an_upstroke_alone_is_no_7(recognizer):
    for across in (14, 20, 26):
        ink = np.zeros([64, 64], np.uint8)
        upright = [[40 - across, 4 + across * 3 // 5], [40, 4], [40, 60]]
        cv2.polylines(ink, [np.array(upright, np.int32)], False, 255, 6, cv2.LINE_AA)
        assert texts(recognizer.read(on_a_sheet(ink))) == ["1"]


def test_a_0_alone_is_as_good_as_an_O(recognizer):
    for outer, inner in (((24, 26), (14, 22)), ((22, 28), (13, 25)), ((26, 28), (18, 25))):  # as with a broad edge
        ink = np.zeros([64, 64], np.uint8)
        for axes, color in ((outer, 255), (inner, 0)):
            cv2.ellipse(ink, (32, 32), axes, 0, 0, 360, color, -1, cv2.LINE_AA)
        assert texts(recognizer.read(on_a_sheet(ink))) == ["0"]


def test_a_run_of_the_page_reader_finds_what_the_page_network_tells(digits, monkeypatch):
    monkeypatch.setattr(recognizer_module, "SHIPPED_READER", None)
    data, wanted = PICTURES["two words"](np.random.default_rng(5), digits)
    with Recognizer(SHIPPED_READER) as one:
        assert one.network.recipe.name == "page"
        assert texts(one.read(images.decode(data))) == wanted


def in_print(text, height=40):
    ink = np.zeros([4 * height, 30 * height], np.uint8)
    cv2.putText(ink, text, (height, 2 * height), cv2.FONT_HERSHEY_SIMPLEX, height / 22, 255, 3, cv2.LINE_AA)
    left, top, width, tall = cv2.boundingRect(ink)
    return 235 - (np.pad(ink[top : top + tall, left : left + width], height) * 0.8).astype(np.uint8)


def test_words_are_no_numbers(recognizer):
    words = ("Signature and date", "please turn over", "Name of the school", "Amount", "Kontonummer")
    read = [digits_of(recognizer.read(in_print(text, height))) for text in words for height in (18, 40, 70)]
    assert sum(map(len, read)) <= 0.1 * 3 * len("".join(words).replace(" ", ""))


def test_a_network_that_is_named_classifies_by_itself(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(ensemble, "SHIPPED_SECOND", tmp_path / "nowhere")
    drawing = images.decode(PICTURES["one digit"](np.random.default_rng(5), digits)[0])
    shutil.copytree(SHIPPED, tmp_path / "page")
    with Recognizer(tmp_path / "page") as named:
        (digit,) = digits_of(named.read_drawing(drawing))
        views = [digit.image, normalize.as_mnist(normalize.narrowed(digit.image))]
        wanted = named.network.confidence.calibrated(named.classify(views).mean(axis=0))
    assert np.abs(digit.probabilities - wanted).max() < 0.05
    with Recognizer(SHIPPED) as usual, pytest.raises(InputError, match="nowhere"):
        usual.read_drawing(drawing)


@pytest.mark.parametrize("where", ["the same place", "elsewhere", "the same place, but turned"])
def test_of_the_same_ink_the_page_reader_and_the_rules_are_both_believed(recognizer, digits, monkeypatch, where):
    drawing = images.decode(PICTURES["one digit"](np.random.default_rng(5), digits)[0])
    (ink,) = digits_of(recognizer.read_drawing(drawing))
    left, top, width, height = ink.box
    box = (left, top, width // 3, height // 3) if where == "elsewhere" else (left + 1, top - 1, width + 2, height)
    other = (int(ink.label) + 1) % 10
    seen = 0.4 * np.eye(10)[other] + 0.06
    turned = 180 if "turned" in where else 0
    one = Digit(str(other), 0.46, seen, box, ink.image, turned)
    monkeypatch.setattr(recognizer_module, "read_page", lambda *_: ([[[one]]], []))
    (told,) = digits_of(recognizer.read(drawing))
    wanted = 0.4 * seen + 0.6 * ink.probabilities if where == "the same place" else ink.probabilities
    assert told.label == ink.label
    assert told.probabilities == pytest.approx(wanted, abs=1e-5)
