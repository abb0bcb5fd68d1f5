"""Recognise the digits in pictures: one digit, a number, several lines."""

import contextlib
import json
import sys
from pathlib import Path

from lenet_tf1 import console
from lenet_tf1.errors import InputError


def predict(paths, run_dir="checkpoints/page", *, bar=False, report=console.note):
    """Recognise pictures, one after the other.

    Parameters: `paths` of picture files, or of folders whose pictures are meant, those in folders below
    included; `run_dir` a run directory or checkpoint; `bar` shows progress on stderr; `report` takes a
    sentence for each file that can't be read.

    Yields (path, grey, lines): a Path, the picture as uint8 [height, width], and the lines that
    recognition.Recognizer.read finds in it; for a file that can't be read both are None. Raises InputError
    if there is no network to restore, or no picture at all.
    """
    from tqdm import tqdm

    from lenet_tf1 import images
    from lenet_tf1.recognition import Recognizer

    files = []
    for path in map(Path, paths):
        files += _pictures_below(path) if path.is_dir() else [path]
    if not files:
        suffixes = ", ".join(images.SUFFIXES)
        raise InputError(f"there is no picture in {', '.join(map(str, paths))}; {suffixes} are looked for")
    recognizer = Recognizer(run_dir, report)
    for file in tqdm(files, unit="picture", disable=not bar or len(files) < 2, leave=False):
        try:
            grey = images.read_picture(file)
        except InputError as error:
            report(error)
            yield file, None, None
            continue
        yield file, grey, recognizer.read(grey)


def _pictures_below(folder):
    from lenet_tf1 import images

    def hidden(path):
        return any(part.startswith(".") for part in path.relative_to(folder).parts)

    return sorted(path for path in folder.rglob("*") if images.is_picture(path) and not hidden(path))


def show(grey, lines):
    """Draw boxes and labels over a picture: a Pillow image. What the network is unsure of is orange, with a ?."""
    from PIL import Image, ImageDraw, ImageFont

    from lenet_tf1.recognition import UNSURE, digits

    factor = max(1, round(400 / max(grey.shape)))  # small pictures are shown larger
    image = Image.fromarray(grey).convert("RGB")
    image = image.resize([side * factor for side in image.size], Image.Resampling.NEAREST)
    drawing = ImageDraw.Draw(image)
    for digit in digits(lines):
        left, top, width, height = (value * factor for value in digit.box)
        color = "#0072b2" if digit.probability >= UNSURE else "#d55e00"
        drawing.rectangle([left - 2, top - 2, left + width + 2, top + height + 2], outline=color, width=2)
        size = max(12, min(height // 3, 40))
        label = digit.label if digit.probability >= UNSURE else f"{digit.label}?"
        place = (left, max(0, top - size - 4))
        drawing.text(place, label, color, ImageFont.load_default(size), stroke_width=2, stroke_fill="white")
    return image


@console.command
def main(argv=None):
    """The command: see --help."""
    parser = console.Parser("predict", __doc__)
    parser.add_argument("pictures", nargs="+", metavar="IMAGE", help="a picture, or a folder of pictures")
    parser.add_argument("--run-dir", default="checkpoints/page", metavar="FOLDER", help="(checkpoints/page)")
    parser.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    parser.add_argument("--show", metavar="OUT.png", help="draw the one picture with boxes and labels")
    args = parser.parse_args(argv)
    if args.show is not None:
        _check_show(args.show, [Path(picture) for picture in args.pictures])
    console.import_tensorflow(args.verbose)

    from lenet_tf1.recognition import as_json, texts

    failed, results = False, []
    found = predict(args.pictures, args.run_dir, bar=sys.stderr.isatty())
    with contextlib.closing(found):
        for path, grey, lines in found:
            if lines is None:
                failed = True
            elif args.json:
                results.append({"path": str(path)} | as_json(lines))
            else:
                print(f"{path}: {' '.join(texts(lines)) or 'nothing found'}{_doubts(lines)}")
            if lines is not None and args.show is not None:
                _save(show(grey, lines), args.show)
    if args.json:
        print(json.dumps(results))
    return 1 if failed else 0


def _doubts(lines):
    from lenet_tf1.recognition import UNSURE, digits

    unsure = [digit for digit in digits(lines) if digit.probability < UNSURE]
    return f" (unsure of {', '.join(f'{d.label} {d.probability:.0%}' for d in unsure)})" if unsure else ""


def _check_show(out, pictures):
    if len(pictures) > 1 or pictures[0].is_dir():
        raise InputError("--show draws one picture; give one")
    if Path(out).suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"{out!r} is no name for a picture; end it in .png")
    if Path(out).exists() and pictures[0].exists() and Path(out).samefile(pictures[0]):
        raise InputError(f"{out} is the picture itself, which --show would overwrite; give another name")


def _save(image, path):
    try:
        image.save(path)
    except (OSError, ValueError, OverflowError) as error:  # no disk, or more pixels than such a file can have
        raise InputError(f"{path} can't be written ({getattr(error, 'strerror', None) or error})") from error


if __name__ == "__main__":
    sys.exit(main())
