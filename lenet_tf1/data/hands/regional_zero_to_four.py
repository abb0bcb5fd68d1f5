"""Forms of 0 to 4 that are usual where other schools teach them: see regional.py."""

from lenet_tf1.data.hands.hand import Hand, Point, Strokes, arc


def zero_with_tail(h: Hand) -> Strokes:
    """A round whose end runs on, over the top and away or into the round; some stay wide open."""
    if h.maybe(0.1):
        begin = h.uniform(20, 50)
        return [[arc((5, 7), (h.uniform(3, 5), 7), begin, -h.uniform(280, 330), h.uniform(-0.05, 0.1))]]
    radii, turn = (h.uniform(3, 5.2), 7), h.choice((-1, -1, -1, 1))
    round_ = arc((5, 7), radii, h.uniform(-30, 45), turn * h.uniform(345, 380), h.uniform(-0.08, 0.05))
    end = round_[-1]
    if h.maybe(0.5):
        tail = [(end[0] + turn * h.uniform(-1.5, 0.5), end[1] + h.uniform(1.5, 4.5))]
    else:
        tail = [
            (end[0] - h.uniform(-1, 1), end[1] - h.uniform(0.2, 1)),
            (end[0] + h.uniform(2, 5), h.uniform(-1.6, 0.6)),
        ]
    return [[[*round_, *tail]]]


def one_with_upstroke(h: Hand) -> Strokes:
    """A long straight or hollow upstroke, and a stem that leans."""
    lean, across = h.uniform(0, 3.5), h.uniform(2.5, 5.5)
    top = (6, 0)
    start = (top[0] - across, across * h.uniform(1, 1.6))  # less steep it would be a 7
    middle = ((start[0] + top[0]) / 2 + h.uniform(-0.2, 0.8), (start[1] + top[1]) / 2 + h.uniform(-0.1, 0.9))
    bottom = (top[0] - lean, 14)
    stem = [top, h.about(top[0] - lean / 2, 7, 0.4), bottom]
    return [[[start, middle, *stem]]] if h.maybe(0.3) else [[[start, middle, top], stem]]


def one_from_the_base(h: Hand) -> Strokes:
    """An upstroke from as low as the line, into a point or a loop; perhaps with a foot."""
    has_foot = h.maybe(0.4)
    across = h.uniform(1, 5.5 if has_foot else 6)
    top, bottom = (5 + h.uniform(-0.3, 0.8), 0), (5 + h.uniform(-0.6, 0.4), 14)
    start = (5 - across, h.uniform(6, 13))
    middle = h.about((start[0] + top[0]) / 2, (start[1] + top[1]) / 2, 0.3)
    stem = [top, h.about(5, 7, 0.3), bottom]
    if not has_foot and h.maybe(0.35):  # runs on along the line
        stem = [*stem[:2], (bottom[0], 12.6), (bottom[0] + h.uniform(1.5, 4), h.uniform(13, 14))]
    if h.maybe(0.4):  # a loop
        body = [[start, middle, (top[0] + 0.6, 1.2), top, (top[0] - h.uniform(0.6, 1.6), h.uniform(1.4, 3)), *stem[1:]]]
    else:
        body = [[start, middle, top], stem]
    strokes = [body]
    if has_foot:
        y, left, right = h.uniform(12.8, 14.2), h.uniform(0.8, 4), h.uniform(1.5, 5)
        left *= min(1, 2 / across)  # else, from far away, it would be a Z
        strokes.append([[(bottom[0] - left, y + h.uniform(-0.4, 0.4)), (bottom[0] + right, y)]])
    return strokes


def one_looped(h: Hand) -> Strokes:
    """A cursive l: up from the line into a long loop, and down across the upstroke; perhaps on along the line."""
    low, lean = h.uniform(4, 10.5), h.uniform(0, 2.6)
    cross, top = (5, low), (5 + lean, 0)
    side = lean * (1 - low / 28)
    right, left = 5 + side + h.uniform(0.3, 1.6), 5 + side - h.uniform(0.4, 1.6)
    start = (5 - h.uniform(1.2, 5.5), low + h.uniform(0.4, 1) * (14 - low))
    bottom = (5 - h.uniform(-0.6, 1.6), 14)
    stem = [cross, h.about((5 + bottom[0]) / 2, (low + 14) / 2, 0.2), bottom]
    if h.maybe(0.3):
        stem = [cross, (bottom[0], 12.8), (bottom[0] + h.uniform(1, 3.5), h.uniform(13.2, 14))]
    return [[[start, cross, (right, low * 0.45), top, (left, low * 0.5), *stem]]]


def one_with_foot(h: Hand) -> Strokes:
    """A short upstroke, a stem, and a wide foot, which the stem may cross."""
    across = h.uniform(1.2, 4.2)
    top, bottom = (5, 0), (5 + h.uniform(-0.8, 0.4), 14)
    y, left, right = h.uniform(12, 14), h.uniform(2.5, 5), h.uniform(2.5, 5.5)
    begin = (top[0] - across, across * h.uniform(0.7, 1.4))
    foot = [(bottom[0] - left, y + h.uniform(-0.5, 0.5)), (bottom[0] + right, y + h.uniform(-0.5, 0.3))]
    return [[[begin, top], [top, h.about(5, 7, 0.3), bottom]], [foot]]


def two_with_curls(h: Hand) -> Strokes:
    """A 2 that begins in a curl and turns in a large loop, or round, and whose base may rise again."""
    size = h.uniform(0.7, 1.4)
    curl = [(1.6 + 1.6 * size, 2 + 1.8 * size), (1 + 0.4 * size, 2.4 + 1.2 * size), (0.4, 2.4), (2.6, 0.3)]
    right, turn = h.uniform(7, 8.8), h.uniform(2.4, 4.4)
    arch = [*curl[0 if h.maybe(0.6) else 1 :], (5.6, 0), (right, turn)]
    low, left = h.uniform(12.6, 13.8), h.uniform(0, 1.6)
    down = h.about(right - 2.4, 8, 0.6)
    base, end = h.about(left + 5.5, 13.6, 0.4), (h.uniform(8.5, 11), h.uniform(11.8, 14))
    if h.maybe(0.4):  # turns without a loop, and rises
        loop, end = [(left, low - 1), (left + 0.8, low + 0.4)], (h.uniform(8, 10.5), h.uniform(8.8, 11.8))
    else:
        loop = [(left + 1.6, low), (left, low), (left + 0.4, low - 1.6 * size), (left + 2 + size, low - size)]
    return [[[*arch, down, *loop, base, end]]]


def two_looped(h: Hand) -> Strokes:
    """An arch, a slope, and a loop that may be as high as half of the digit, whose end runs out under the slope."""
    size = h.uniform(1.5, 3.6)
    start = (h.uniform(0.2, 2.6), h.uniform(1.2, 4.2))
    right, turn = h.uniform(7, 9), h.uniform(2.4, 4.2)
    arch = _arch(h, start, (right, turn))
    low, left = h.uniform(13, 14), h.uniform(-0.6, 1)
    loop = [
        (left + 1.4 + 0.3 * size, low),
        (left, low - 0.3 * size),
        (left + 0.6, low - size),
        (left + 1.4 + 0.8 * size, low - h.uniform(0.7, 1) * size),
    ]
    down = h.about(right - 2.4, 7.4, 0.6)
    base = [h.about(left + 5.6, low - 0.2, 0.5), (h.uniform(8, 11), h.uniform(12, 14.4))]
    return [[[*arch, down, *loop, *base]]]


def two_crossed(h: Hand) -> Strokes:
    """An arch, a slope, and a base that crosses the slope near its end."""
    right, turn = h.uniform(7, 9.2), h.uniform(2.4, 4.4)
    arch = _arch(h, (h.uniform(0, 2.4), h.uniform(1, 4)), (right, turn))
    end = (h.uniform(0, 4), 14)
    slope = [h.about((right + end[0]) / 2 + 0.6, 8, 0.6), end]
    y = h.uniform(11.4, 13)
    base = [(end[0] - h.uniform(0.2, 2.4), y - h.uniform(-0.4, 0.8)), h.about(end[0] + 2.6, y + 0.2, 0.5)]
    return [[[*arch, *slope]], [[*base, (h.uniform(8, 11), h.uniform(11.8, 14.2))]]]


def _arch(h: Hand, start: Point, shoulder: Point) -> list[Point]:
    # How a 2 begins, from its start over the top to its right side.
    return [start, (h.uniform(2.4, 3.8), h.uniform(0.1, 0.8)), (h.uniform(5.2, 6.4), h.uniform(-0.2, 0.4)), shoulder]


def three_curled(h: Hand) -> Strokes:
    """Begins in a curl that nearly closes the upper half; the waist is a corner or a loop."""
    waist, right = (h.uniform(3.6, 5.6), h.uniform(5.6, 7.2)), h.uniform(6.8, 8.8)
    curl = [(h.uniform(1.6, 3.6), h.uniform(2.8, 4.2)), (h.uniform(0.4, 1.6), h.uniform(1.6, 2.8))]
    upper = [*curl, (h.uniform(3.2, 4.6), h.uniform(-0.2, 0.4)), (right, h.uniform(2, 3.6)), waist]
    lower = [
        (right - h.uniform(0, 0.8), waist[1] + h.uniform(0.6, 1.6)),
        (h.uniform(7, 9.6), h.uniform(9.4, 10.8)),
        (h.uniform(4.4, 6.2), h.uniform(13.4, 14.2)),
        (h.uniform(-0.4, 2), h.uniform(11.6, 13.6)),
    ]
    if h.maybe(0.4):
        loop = [(waist[0] - h.uniform(0.5, 1.3), waist[1] + 0.1), (waist[0], waist[1] + h.uniform(0.5, 1.2))]
        return [[[*upper, *loop, *lower]]]
    return [[upper, [waist, *lower]]]


def three_pointed(h: Hand) -> Strokes:
    """A top that is flat or waves, a straight way back to the waist, and a lower half of any width."""
    right, waist = (h.uniform(7, 9), h.uniform(-0.3, 0.8)), (h.uniform(3.2, 6.2), h.uniform(4.6, 7))
    start = (h.uniform(0.2, 2), h.uniform(0, 1.6))
    top = [start, ((start[0] + right[0]) / 2, h.uniform(-0.3, 0.9)), right]
    wide = h.uniform(7, 9.8)
    lower = [
        waist,
        (wide - h.uniform(0.6, 1.4), waist[1] + h.uniform(0.8, 1.8)),
        (wide, h.uniform(9, 10.6)),
        (wide - h.uniform(2, 3.6), h.uniform(13, 14)),
        (h.uniform(-0.2, 2.4), h.uniform(12, 14)),
    ]
    if h.maybe(0.5):
        return [[top, [right, waist], lower]]
    return [[[*top[:-1], (right[0], right[1] + 0.6), waist], lower]]


def four_low(h: Hand) -> Strokes:
    """A long way down, a bar that is low, with a corner or round, and a short stem across its end."""
    bar, stem = h.uniform(9, 12), h.uniform(4.6, 7.4)
    apex, left = (h.uniform(2, 6.5), 0), (h.uniform(-0.4, 0.8), bar - h.uniform(0, 0.8))
    side = [apex, h.about((apex[0] + left[0]) / 2 - 0.3, bar / 2, 0.4), left]
    end = (stem + h.uniform(-0.2, 2), bar - h.uniform(0, 1.6))
    top, bottom = (stem + h.uniform(0, 0.8), bar - h.uniform(1.6, 5.5)), (stem - h.uniform(-0.2, 1.6), 14)
    if h.maybe(0.5):
        return [[[*side, (left[0] + 1.2, bar), end]], [[top, bottom]]]
    return [[side, [left, end]], [[top, bottom]]]


def four_slender(h: Hand) -> Strokes:
    """A long way down, a short bar near the line, and a short stem close to it, as an L with a stroke."""
    bar, stem = h.uniform(10.4, 13), h.uniform(2, 4.4)
    apex, left = (h.uniform(0.6, 3.4), 0), (h.uniform(-0.4, 0.4), bar - h.uniform(0, 0.6))
    side = [apex, h.about((apex[0] + left[0]) / 2 - 0.2, bar / 2, 0.3), left]
    end = (stem + h.uniform(-0.2, 1.8), bar - h.uniform(-0.3, 0.8))
    top, bottom = (stem + h.uniform(0, 0.8), bar - h.uniform(1.8, 5)), (stem - h.uniform(-0.4, 0.8), 14)
    if h.maybe(0.5):
        return [[[*side, (left[0] + 0.8, bar), end]], [[top, bottom]]]
    return [[side, [left, end]], [[top, bottom]]]


def four_round(h: Hand) -> Strokes:
    """A small bowl that is open above, and a stem with a bend, as in a y."""
    bar, right = h.uniform(5.4, 8.4), h.uniform(7, 9)
    start = (h.uniform(0.4, 2.6), h.uniform(-0.4, 1.6))
    bowl = [
        start,
        (h.uniform(-0.2, 0.8), bar * 0.65),
        (h.uniform(1.6, 3), bar),
        (right - 1.6, bar - h.uniform(0.4, 1.6)),
    ]
    top = (right + h.uniform(-0.2, 0.8), h.uniform(-0.6, 1.6))
    bottom = (right - h.uniform(-0.6, 3), 14)
    stem = [top, h.about(right, bar, 0.4), bottom]
    return [[[*bowl, top], stem]] if h.maybe(0.5) else [[[*bowl, (right, bar - 1.6)]], [stem]]
