"""What picture files are made of: walked piece by piece, and cut down to what decoding needs, before a decoder sees it.

A decoder's time grows with more than the pixels: with the scans of a JPEG, and in Pillow with the square of what
stands in headers and comments. All that is bounded here, so that no file takes longer than its bytes and pixels do.

References
----------
ITU-T T.81 (JPEG), annex B. W3C, Portable Network Graphics, third edition. CompuServe, GIF89a specification, 1990.
TIFF revision 6.0, section 2, for the directory of an Exif block. Microsoft, BITMAPINFOHEADER.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lenet_tf1.base.errors import InputError

MOST_SCANS = 100  # of a JPEG, each counted for every component in it: encoders' progressive ones are 6 to 24,
MOST_SCANNED = 1_250_000_000  # and that times the pixels: 24 of the largest picture, which take a second and a half
MOST_SEGMENTS = 10_000  # of a JPEG: 256 MiB in segments as large as they can be are 4,096
MOST_CHUNKS = 50_000  # of a PNG: libpng writes one for every 8 KiB of compressed pixels
MOST_BLOCKS = 50_000  # of 255 bytes, in what stands before a GIF's first image
MOST_RUNS = 1 << 20  # bytes of a BMP's runs, and
MOST_RUN_PIXELS = 4_000_000  # pixels that they stand for: Pillow expands them in Python

EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_ORIENTATION = 0x0112  # the tag in an Exif block
_LARGEST_EXIF = 1 << 16  # bytes that are looked at: JPEG's can't have more
_NUMBER_TYPES = {1: "B", 3: "H", 4: "I"}  # of a tag's value -> its struct format

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # which ends the entropy-coded data of a scan
_PADDED = re.compile(rb"\xff+([^\xff])", re.DOTALL)
_EOI, _SOS = 0xD9, 0xDA
_ALONE = {0x00, 0x01, *range(0xD0, 0xD9)}  # nothing belongs to them, and here they mean nothing
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_DESCRIPTIVE = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # APP1 to APP13, APP15 and COM; APP0 and APP14 tell the colours
_NEEDED_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


class Container(NamedTuple):
    """A picture file that can be decoded within bounds.

    Attributes
    ----------
    data : bytes
        Of the file, what decoding needs.
    orientation : int
        1 to 8, as Exif counts: 1 is upright.
    several : bool
        Whether a PNG or GIF holds more pictures than the first, as animations do.
    """

    data: bytes
    orientation: int = 1
    several: bool = False


def reduce(data: bytes) -> Container:
    """Cut a PNG, JPEG, GIF or BMP file down to what decoding its first image needs.

    What is none of these, or ends too early, is left for the decoder to judge.

    Raises
    ------
    InputError
        If it is made so that decoding would take long; the sentence lacks its subject.
    """
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data)
    if data[:2] == b"BM":
        _check_bmp(data)
    return Container(data)


def exif_orientation(block: bytes) -> int | None:
    """The orientation that an Exif block, a TIFF file, tells: 1 to 8; None where it tells none, or is damaged."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return None
    try:
        (place,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, place)
        for entry in range(place + 2, place + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", block, entry)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(order + _NUMBER_TYPES[kind], block, entry + 8)
                return value if 1 <= value <= 8 else None
    except (struct.error, KeyError):
        pass
    return None


def _jpeg(data: bytes) -> Container:
    kept = [data[:2]]
    scans = frames = pixels = 0
    notes: dict[str, bytes] = {}
    for marker, start, end in _segments(data):
        if marker in _DESCRIPTIVE:
            body = data[start + 2 : end]
            if body.startswith(EXIF):
                notes.setdefault("exif", body.removeprefix(EXIF))
            elif body.startswith(_XMP):
                notes.setdefault("xmp", body)
            continue
        kept.append(bytes([0xFF, marker]) + data[start:end])
        if marker in _FRAMES:
            frames += 1
            height, width = data[start + 3 : start + 5], data[start + 5 : start + 7]
            pixels = int.from_bytes(height, "big") * int.from_bytes(width, "big")
        elif marker == _SOS:
            scans += data[start + 2] if start + 2 < len(data) else 0
        if scans > MOST_SCANS or scans * pixels > MOST_SCANNED:
            raise InputError(f"has {scans} scans of {pixels:,} pixels or more, which no camera or program makes")
    if frames > 1:
        raise InputError("has more than one frame in it, which no camera or program makes")
    return Container(b"".join(kept), _orientation(notes))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    # Of a JPEG's first picture: marker, and from where to where what belongs to it goes, a scan's pixels included.
    place = 2
    for _ in range(MOST_SEGMENTS):
        found = _PADDED.match(data, place)
        if found is None:
            return  # cut off, or no JPEG any more
        marker, place = found[1][0], found.end()
        if marker == _EOI:  # what follows is another picture, or a film
            yield marker, place, place
            return
        if marker in _ALONE:
            continue
        end = max(place + 2, place + int.from_bytes(data[place : place + 2], "big"))
        if marker == _SOS:
            after = _MARKER.search(data, end)
            end = after.start() if after else len(data)
        yield marker, place, end
        place = end
    raise InputError(f"has more than {MOST_SEGMENTS:,} segments, which no camera or program makes")


def _png(data: bytes) -> Container:
    kept, place, frames = [data[:8]], 8, 1
    notes: dict[str, bytes] = {}
    for _ in range(MOST_CHUNKS):
        kind = data[place + 4 : place + 8]
        if len(kind) < 4:
            break  # cut off
        body, end = place + 8, place + 12 + int.from_bytes(data[place : place + 4], "big")
        if kind in _NEEDED_CHUNKS:
            kept.append(data[place:end])
        elif kind == b"eXIf":
            notes.setdefault("exif", data[body : min(end - 4, body + _LARGEST_EXIF)].removeprefix(EXIF))
        elif kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0\0", body):
            notes.setdefault("xmp", data[body : end - 4])
        elif kind == b"acTL":
            frames = int.from_bytes(data[body : body + 4], "big")
        place = end
        if kind == b"IEND":
            break
    else:
        raise InputError(f"has more than {MOST_CHUNKS:,} chunks, which no program makes")
    return Container(b"".join(kept), _orientation(notes), frames > 1)


def _gif(data: bytes) -> Container:
    # The header with its palette, the last graphic control before the first image, and from that on all.
    place = 13 + _palette_bytes(data, 10)
    kept, control, blocks = data[:place], b"", 0
    while data[place : place + 1] == b"!":
        start = place
        place, more = _after_blocks(data, place + 2, MOST_BLOCKS - blocks)
        blocks += more
        if data[start + 1 : start + 2] == b"\xf9":
            control = data[start:place]
        if blocks > MOST_BLOCKS:
            raise InputError("has more in front of its image than any program writes")
    if data[place : place + 1] != b",":
        raise InputError("is no picture that can be read (a GIF without an image where it should begin)")
    return Container(kept + control + data[place:], several=_goes_on(data, place))


def _goes_on(data: bytes, place: int) -> bool:
    # Whether another image follows the one there, as far as so many blocks tell.
    place, blocks = _after_blocks(data, place + 11 + _palette_bytes(data, place + 9), MOST_BLOCKS)
    while data[place : place + 1] == b"!" and blocks <= MOST_BLOCKS:
        place, more = _after_blocks(data, place + 2, MOST_BLOCKS - blocks)
        blocks += more
    return blocks <= MOST_BLOCKS and data[place : place + 1] == b","


def _after_blocks(data: bytes, place: int, most: int) -> tuple[int, int]:
    # From where a GIF's blocks begin to behind the empty one that ends them, and how many they are, with that one.
    blocks = 0
    while (size := (data[place] if place < len(data) else 0)) and blocks < most:
        place, blocks = place + 1 + size, blocks + 1
    return place + 1, blocks + 1


def _palette_bytes(data: bytes, place: int) -> int:
    flags = data[place] if place < len(data) else 0
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _check_bmp(data: bytes) -> None:
    try:
        (size,) = struct.unpack_from("<I", data, 14)
        if size < 40:
            return  # OS/2's first form, which has no runs
        width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    except struct.error:
        return
    runs = compression in (1, 2)
    if runs and (len(data) > MOST_RUNS or abs(width * height) > MOST_RUN_PIXELS):
        raise InputError(f"is a run-length encoded BMP of more than {MOST_RUN_PIXELS:,} pixels or 1 MiB")


def _orientation(notes: Mapping[str, bytes]) -> int:
    # XMP's counts where no Exif block tells it.
    told = exif_orientation(notes.get("exif", b""))
    if told is None and (found := _XMP_ORIENTATION.search(notes.get("xmp", b""))):
        return int(found[1])
    return told or 1
