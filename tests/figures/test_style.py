import matplotlib
import matplotlib.pyplot as plt
import pytest

from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError
from lenet_tf1.figures.measures import learning_rate
from lenet_tf1.figures.style import as_png, save, show


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".SVG", b"<?xml"), (".pdf", b"%PDF")])
def test_a_figure_is_saved_as_its_name_says(tmp_path, suffix, start):
    path = tmp_path / f"picture{suffix}"
    save(learning_rate([1.0, 0.5], 1), path)
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["picture.png", "picture.svg", "picture.pdf"])
def test_the_same_figure_is_the_same_file(tmp_path, name):
    contents = []
    for _ in range(2):
        save(learning_rate([1.0, 0.5], 1), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("name", ["picture", "picture.txt", "picture.", "picture.pgf", "picture.raw"])
def test_a_name_that_is_no_pictures(tmp_path, name):
    with pytest.raises(InputError, match=r"is no name for a picture; end it in \.png, \.svg or \.pdf"):
        save(learning_rate([1.0], 1), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_letters_of_other_scripts_are_no_error():
    assert as_png(learning_rate([1.0], 1, title="学习率 お")).startswith(b"\x89PNG")


def test_a_glyph_that_no_font_has_is_left_to_the_processs_filters():
    """A filter of our own would be left behind by warnings.catch_warnings when threads draw at once."""
    with pytest.warns(UserWarning, match="Glyph .* missing"):
        assert as_png(learning_rate([1.0], 1, title="\ue123")).startswith(b"\x89PNG")


@pytest.mark.filterwarnings("error::UserWarning")
def test_commands_ignore_missing_glyphs(tmp_path):
    @console.command
    def main(argv):
        save(learning_rate([1.0], 1, title="\ue123"), tmp_path / "picture.png")

    assert main([]) == 0


def test_a_figure_is_shown_in_a_window_of_pyplots(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "get_backend", lambda: "TkAgg")
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf().canvas.figure))
    figure = learning_rate([1.0], 1)
    show(figure)
    plt.close("all")
    assert shown == [figure]
    assert figure.canvas.figure is figure


def test_without_a_screen_there_is_no_window():
    matplotlib.use("agg")
    with pytest.raises(InputError, match=r"there is no screen to open a window on; say --out FILE\.png"):
        show(learning_rate([1.0], 1))
