"""Pictures that are made to take long: by their structure, not by single bytes."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

MOST_BYTES = 16 << 20  # what the page takes
_LARGE = 7071  # squared, nearly 50 million pixels


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def segment(marker, body=b""):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *, depth=8, colour=0, interlaced=0, before=(), pixels=None, pieces=1):
    """A PNG whose pixels are zeros unless given, with chunks `before` them, cut into so many IDATs."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = height * (15 if interlaced else 1) // (8 if interlaced else 1) + 8
    size = (width * samples * depth + 7) // 8 * height + rows + 8
    data = zlib.compress(bytes(size) if pixels is None else pixels, 1)
    step = max(1, -(-len(data) // pieces))
    parts = [chunk(b"IDAT", data[at : at + step]) for at in range(0, len(data), step)]
    palette = [chunk(b"PLTE", bytes(range(256)) * 3)] if colour == 3 else []
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *palette, *before, *parts, chunk(b"IEND")])


def jpeg_of_scans(scans, side=_LARGE):
    """A progressive JPEG whose last scan stands there so many times."""
    parts = saved(Image.new("L", [side, side]), "JPEG", progressive=True).split(b"\xff\xda")
    last = b"\xff\xda" + parts[-1].removesuffix(b"\xff\xd9")
    return parts[0] + b"\xff\xda" + parts[1] + last * scans + b"\xff\xd9"


def jpeg_with(segments, times, image=None):
    base = saved(image or Image.new("L", [50, 50]), "JPEG")
    return base[:2] + segments * times + base[2:]


def exif_that_points_at_itself(entries, size):
    """An Exif block whose entries all have the same large value."""
    entry = struct.Struct("<HHII")
    listed = b"".join(entry.pack(1000 + i, 7, size, 0) for i in range(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + listed + bytes(size)


def gif(width, height, *, before=b"", flags=0, data=b"\2\1\0\0;"):
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes([0, 0, 0, 255, 255, 255])
    return head + before + b"," + struct.pack("<HHHHB", 0, 0, width, height, flags) + data


def bmp(width, height, *, bits, compression=0, body=b"", colors=None):
    colors = (1 << bits if bits <= 8 else 0) if colors is None else colors
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(body), 0, 0, colors, 0)
    palette = bytes(min(4 * colors, 1 << 20))
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body


def known():
    """Structures that are known to have taken long, or might, as name -> bytes of at most 16 MiB."""
    n = MOST_BYTES - 4096
    blocks = (b"\xff" + bytes(255)) * (n // 256)
    large = exif_that_points_at_itself(5000, 5 << 20)
    pointing = exif_that_points_at_itself(5000, 5000)
    return {
        "4,000 progressive scans": jpeg_of_scans(4000),
        "as many scans as may be, of 50 million pixels": jpeg_of_scans(23),
        "Exif segments": jpeg_with(segment(0xE1, b"Exif\0\0" + bytes(1000)), 8000),
        "Exif entries that share a value": jpeg_with(segment(0xE1, b"Exif\0\0" + pointing[:65000]), 100),
        "empty comments": jpeg_with(segment(0xFE), n // 4),
        "quantisation tables": jpeg_with(segment(0xDB, b"\0" + b"\1" * 64), n // 69),
        "empty Huffman tables": jpeg_with(segment(0xC4), n // 4),
        "padding": jpeg_with(b"\xff", n),
        "restart markers": jpeg_with(b"\xff\xd0", n // 2),
        "private chunks": png(50, 50, before=[chunk(b"prVt") * (n // 12)]),
        "empty IDATs": png(50, 50, before=[chunk(b"IDAT") * (n // 12)]),
        "short texts": png(50, 50, before=[chunk(b"tEXt", b"a\0b") * (n // 15)]),
        "compressed texts": png(50, 50, before=[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20)))] * 60),
        "an eXIf that points at itself": png(50, 50, before=[chunk(b"eXIf", large)]),
        "a comment": gif(50, 50, before=b"!\xfe" + blocks + b"\0"),
        "a comment of short blocks": gif(50, 50, before=b"!\xfe" + b"\1a" * (n // 2) + b"\0"),
        "graphic controls": gif(50, 50, before=b"!\xf9\4\0\0\0\0\0" * (n // 8)),
        "nothing before the image": gif(50, 50, before=bytes(n)),
        "short blocks of pixels": gif(50, 50, data=b"\2" + b"\1\0" * (n // 2) + b"\0;"),
        "codes that clear": gif(_LARGE, _LARGE, data=b"\7" + (b"\xfe" + b"\x80" * 254) * (n // 255) + b"\0;"),
        "runs that end lines": bmp(_LARGE, 7000, bits=8, compression=1, body=b"\1\0\0\0" * 7000 + b"\0\1"),
        "runs of one": bmp(2000, 2000, bits=8, compression=1, body=b"\1\7" * 500_000),
        "runs of nothing": bmp(2000, 2000, bits=8, compression=1, body=b"\0\0" * 500_000),
        "runs of half bytes": bmp(2000, 2000, bits=4, compression=2, body=b"\xff\7" * 500_000),
        "too many runs": bmp(2000, 2000, bits=8, compression=1, body=b"\1\7" * (n // 2)),
        "a column": png(1, 50_000_000),
        "a row": png(50_000_000, 1),
        "noise in many scans": saved(_noise(6000, 6000), "JPEG", progressive=True, quality=20, subsampling=0),
    }


def known_too():
    """More of them, which take long to make, to decode and to read even so."""
    many_pixels = {"width": _LARGE, "height": _LARGE}
    return {
        "as many scans as may be, of 12 million pixels": jpeg_of_scans(98, side=3500),
        "a profile of 256 MiB": png(50, 50, before=[chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 28)))]),
        "a tall picture": png(763, 65_535, colour=6),
        "interlaced in sixteen bits": png(**many_pixels, depth=16, colour=6, interlaced=1),
        "a transparent palette": png(**many_pixels, colour=3, before=[chunk(b"tRNS", bytes(256))]),
        "CMYK in many scans": saved(Image.new("CMYK", [_LARGE, _LARGE]), "JPEG", progressive=True),
    }


def _noise(width, height):
    grey = np.random.default_rng(0).integers(0, 256, [height, width, 1], np.uint8)
    return Image.fromarray(grey.repeat(3, 2))


def made(rng):
    """A picture of any structure, from harmless to hostile, small more often than large."""
    side = [int(2 ** rng.uniform(0, 9 if rng.random() < 0.97 else 12.7)) for _ in range(2)]
    return _MAKERS[rng.integers(len(_MAKERS))](rng, *side)[:MOST_BYTES]


def _times(rng):
    return int(2 ** rng.uniform(0, 10 if rng.random() < 0.9 else 18))


def _a_jpeg(rng, width, height):
    mode = str(rng.choice(["L", "RGB", "CMYK"]))
    base = saved(Image.new(mode, [width, height]), "JPEG", progressive=bool(rng.integers(2)))
    head, *scans = base.removesuffix(b"\xff\xd9").split(b"\xff\xda")
    scans = [b"\xff\xda" + scan for scan in scans]
    if rng.random() < 0.4:
        scans += [scans[rng.integers(len(scans))]] * min(_times(rng), 20_000)
    if rng.random() < 0.2:
        rng.shuffle(scans)
    body = bytes(rng.integers(0, 256, rng.integers(0, 300), np.uint8))
    marker = int(rng.choice([*range(0xC0, 0x100), 0xE1, 0xE1, 0xE2, 0xFE]))
    body = (b"Exif\0\0" + exif_that_points_at_itself(3, 20) if rng.random() < 0.3 else b"") + body
    inserted = segment(marker, body) * max(1, min(_times(rng), MOST_BYTES // (len(body) + 4)))
    where = rng.integers(3)
    between = inserted if where == 1 else b""
    return (
        head[:2] + (inserted if where == 0 else b"") + head[2:] + between.join(scans[:200]) + b"".join(scans[200:])
        + (inserted if where == 2 else b"") + b"\xff\xd9" + (base if rng.random() < 0.1 else b"")
    )  # fmt: skip


def _a_png(rng, width, height):
    colour = int(rng.choice([0, 2, 3, 4, 6]))
    depth = int(rng.choice({0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(colour, [8, 16])))
    kinds = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"tRNS", b"PLTE", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"prVt"]
    before = []
    for _ in range(rng.integers(0, 4)):
        body = bytes(rng.integers(0, 256, rng.integers(0, 40), np.uint8))
        if rng.random() < 0.5:
            body = (
                b"XML:com.adobe.xmp\0\0\0\0\0" + body if rng.random() < 0.3 else b"a\0\0" + zlib.compress(bytes(99_999))
            )
        one = chunk(kinds[rng.integers(len(kinds))], body)
        before.append(one * min(_times(rng), MOST_BYTES // len(one)))
    interlaced, pieces = int(rng.integers(2)), _times(rng)
    return png(width, height, depth=depth, colour=colour, interlaced=interlaced, before=before, pieces=pieces)


def _a_gif(rng, width, height):
    base = saved(Image.new("P", [width, height]), "GIF", interlace=int(rng.integers(2)))
    place = base.index(b",", 13)
    body = bytes([rng.integers(1, 256)])
    body += bytes(body[0])
    kind = bytes([int(rng.choice([0xF9, 0xFE, 0xFF, 0x01, 0x77]))])
    extension = b"!" + kind + body * min(_times(rng), 60_000) + b"\0"
    frames = base[place:-1] * min(_times(rng), 200)
    return base[:place] + extension * int(rng.integers(0, 4)) + frames + b";"


def _a_bmp(rng, width, height):
    bits = int(rng.choice([1, 2, 4, 8, 16, 24, 32]))
    compression = int(rng.choice([0, 0, 1, 2, 3, 4, 6]))
    run = bytes(rng.integers(0, 4, 2, np.uint8)) if compression else bytes(8)
    body = run * min(_times(rng), (width * height * bits) // 64 + height * 4)
    colors = int(rng.choice([0, 2, 256, 65_536, 2**31 - 1]))
    return bmp(width, height * int(rng.choice([1, -1])), bits=bits, compression=compression, body=body, colors=colors)


_MAKERS = [_a_jpeg, _a_png, _a_gif, _a_bmp]
