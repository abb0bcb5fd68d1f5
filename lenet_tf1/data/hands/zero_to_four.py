"""Programs for 0 to 4: see programs.py."""

from lenet_tf1.data.hands.hand import Hand, Point, Strokes, arc


def zero(h: Hand) -> Strokes:
    """A round, left open or closed with some overlap; one in twelve slashed, others end in a curl or go on inside."""
    turn = -1 if h.maybe(0.8) else 1
    radii, start = (h.uniform(2.4, 5.5), 7), h.uniform(-40, 50)
    points = arc((5, 7), radii, start, turn * (360 + h.uniform(-18, 45)), h.uniform(-0.12, 0.1))
    kind = h.random()
    if kind > 0.9:  # open at the upper right
        points = arc((5, 7), radii, h.uniform(20, 60), -h.uniform(310, 345), h.uniform(-0.05, 0.1))
    elif kind < 0.06:  # goes on inside
        points = arc((5, 7), radii, start, turn * (360 + h.uniform(50, 130)), h.uniform(-0.4, -0.2))
    elif kind < 0.14:  # into the round, or away over its top
        points.append((points[-1][0] - turn * h.uniform(-1, 2.5), h.uniform(-0.5, 3)))
    strokes = [[points]]
    if h.maybe(0.08):
        reach = h.uniform(0.7, 1.25)
        strokes.append([[(5 + radii[0] * reach * 0.75, 7 - 5 * reach), (5 - radii[0] * reach * 0.75, 7 + 5 * reach)]])
    return strokes


def one(h: Hand) -> Strokes:
    """A stem, bare or with an upstroke of any length; with or without a foot, serifs, or a hook at its end."""
    top, bottom = (h.uniform(4.6, 5.4), 0), (h.uniform(4.4, 5.6), 14)
    bow = h.uniform(-0.5, 0.5)
    stem = [top, (5 + bow, h.uniform(5, 9)), bottom]
    pieces, strokes = [stem], []
    kind = h.random()
    if kind < 0.75:
        start, middle = _upstroke(h, top)
        pieces = [[start, middle, *stem]] if h.maybe(0.25) else [[start, middle, top], stem]
    elif kind < 0.79:  # a serif
        strokes.append([[(top[0] - h.uniform(0.8, 2.2), h.uniform(0, 0.8)), (top[0] + h.uniform(0, 1.2), 0)]])
    foot = h.random()
    if foot < 0.2 or (kind < 0.79 and foot < 0.25):
        if kind < 0.75:  # with a long or round upstroke it would be a 2
            across = h.uniform(1, 3)
            pieces = [[(top[0] - across, top[1] + across * h.uniform(1, 1.7)), top], stem]
        left, right = h.uniform(1.2, 4), h.uniform(1.2, 4)
        tilt = h.uniform(-0.5, 0.5)
        ends = [(bottom[0] - left, 14 + tilt), (bottom[0] + right, 14 - tilt)]
        if h.maybe(0.3):
            pieces += [[bottom, ends[0]], ends]
        else:
            strokes.append([ends])
    elif foot < 0.4:  # a hook
        side = h.choice([-1, 1])
        stem[-1] = (bottom[0], 13)
        stem.append((bottom[0] + side * h.uniform(0.6, 3), h.uniform(13, 14)))
    return [pieces, *strokes]


def _upstroke(h: Hand, top: Point) -> tuple[Point, Point]:
    # Where a 1 begins, and a point on the way to its top: short; or long, from as low as the stem ends; or steep beside
    # the stem; or hollow, level at first and then up.
    kind = h.random()
    across = h.uniform(1, 3) if kind < 0.25 else h.uniform(2, 6.5)
    down = min(across * h.uniform(0.6, 1.5), 8)
    if kind > 0.8:
        down = h.uniform(6, 13)
    elif kind > 0.65:
        across, down = h.uniform(0.8, 2.4), h.uniform(3, 9)
    start = (top[0] - across, top[1] + down)
    hollow = h.uniform(0, 0.3) if h.maybe(0.5) else h.uniform(-0.06, 0.06)
    return start, (start[0] + (0.5 + 0.8 * hollow) * across, start[1] - (0.5 - 0.8 * hollow) * down)


def two(h: Hand) -> Strokes:
    """An arch and a way down to the left; then a corner, a loop or a round turn, and a base that may wave."""
    start = (h.uniform(-0.3, 2), h.uniform(1.2, 4.6))
    right, turn = h.uniform(7.6, 9.6), h.uniform(2.6, 4.8)
    arch = [
        start,
        (h.uniform(2.2, 3.6), h.uniform(0.1, 0.9)),
        (h.uniform(5.4, 6.6), h.uniform(-0.1, 0.4)),
        (right, turn),
    ]
    if h.maybe(0.2):  # begins with a curl, which may be a round
        arch.insert(0, (start[0] + h.uniform(0.8, 2.4), start[1] + h.uniform(0, 1.4)))
        if h.maybe(0.35):
            arch.insert(0, (start[0] + h.uniform(1.6, 3.4), start[1] - h.uniform(0.4, 1.8)))
    elif h.maybe(0.1):  # nearly a Z
        arch = [
            (h.uniform(0, 1.5), h.uniform(0, 1.6)),
            (h.uniform(4, 5), h.uniform(0, 0.8)),
            (right, h.uniform(0.4, 2)),
        ]
    down = [h.about(right - 2.4, (turn + 13) / 2 - 0.8, 0.7)]
    end = (h.uniform(7.6, 11), h.uniform(12.6, 14.4))
    low = h.uniform(13, 14)
    left = h.uniform(-0.4, 1.6)
    kind = h.random()
    if kind < 0.45:  # a corner
        base = [(left, low), end]
        if h.maybe(0.5):
            base.insert(1, (h.uniform(3.5, 6), low + h.uniform(-1.1, 0.5)))
        return [[[*arch, *down, (left, low)], base]]
    if kind < 0.85:  # a loop
        size = h.uniform(0.5, 1.5)
        loop = [(left + 1.8, low), (left, low + 0.2), (left + 0.3, low - 1.2 * size), (left + 1.2 + size, low - size)]
        return [[[*arch, *down, *loop, h.about(left + 5, low - 0.1, 0.4), end]]]
    return [[[*arch, *down, (left + 1.5, low - 1.6), (left + 0.6, low), (left + 2.2, low + 0.2), end]]]


def three(h: Hand) -> Strokes:
    """Two bowls, the upper one round or with a flat top; the waist a corner, a loop or a curve."""
    waist = (h.uniform(2.6, 5.8), h.uniform(5.4, 7.4))
    right = h.uniform(7.4, 9.2)
    if h.maybe(0.2):  # a flat top and a straight way to the waist
        upper = [[(h.uniform(0.3, 2), h.uniform(0, 1)), (right, h.uniform(-0.3, 0.6))]]
        upper.append([upper[0][-1], waist])
    else:
        upper = [[(h.uniform(0, 2), h.uniform(0.8, 3)), (h.uniform(3.4, 5.2), h.uniform(-0.2, 0.4))]]
        upper[0] += [(right, h.uniform(2, 3.8)), (h.uniform(6, 7), waist[1] - h.uniform(0.4, 1)), waist]
    wide = h.uniform(8.4, 10)
    lower = [waist, (h.uniform(7, 8), waist[1] + h.uniform(0.2, 1.1)), (wide, h.uniform(9.4, 11))]
    lower += [(h.uniform(4.4, 6.4), h.uniform(13.6, 14.2)), (h.uniform(-0.4, 1.6), h.uniform(11, 13.4))]
    if h.maybe(0.1):  # ends in a curl
        lower.append((lower[-1][0] + h.uniform(0.6, 1.6), lower[-1][1] - h.uniform(0.6, 1.4)))
    kind = h.random()
    if kind < 0.55:
        return [[*upper, lower]]
    if kind < 0.75:  # a loop at the waist
        loop = [(waist[0] - h.uniform(0.6, 1.4), waist[1] + 0.1), (waist[0] - 0.1, waist[1] + h.uniform(0.5, 1.3))]
        return [[*upper[:-1], [*upper[-1], *loop, *lower[1:]]]]
    return [[*upper[:-1], [*upper[-1], *lower[1:]]]]


def four(h: Hand) -> Strokes:
    """Open, closed at the top, or in one stroke; the stem may start high or low, and the bar may end at it."""
    kind = h.random()
    if kind < 0.27:
        return _four_closed(h)
    if kind < 0.45:
        return _four_in_one(h)
    if kind < 0.63:
        return _four_leaning(h)
    bar = h.uniform(7.4, 11)
    start, left = (h.uniform(0.6, 4.2), h.uniform(-0.2, 2)), h.uniform(-0.3, 1)
    stem = h.uniform(5.6, 8.6)
    end = (stem + h.uniform(-0.3, 3), bar + h.uniform(-1.2, 0.5))
    if h.maybe(0.6):
        side = [[start, h.about((start[0] + left) / 2, bar / 2, 0.5), (left, bar)], [(left, bar), end]]
    else:  # like a y
        side = [[start, (left, bar * 0.65), (left + h.uniform(1, 2), bar), (end[0] - 2, bar - 0.4), end]]
    top = h.uniform(-0.4, bar - 2.5) if start[0] < 3 else h.uniform(1.5, bar - 2.5)
    bottom = (stem + h.uniform(-2.4, 0.5), 14)
    return [side, [[(stem + h.uniform(-0.2, 0.9), top), h.about(stem, 8, 0.2), bottom]]]


def _four_closed(h: Hand) -> Strokes:
    apex, bar = (h.uniform(5, 7.8), 0), h.uniform(8.2, 10.6)
    left, end = (h.uniform(-0.4, 0.6), bar + h.uniform(-0.5, 0.5)), (h.uniform(8, 10.5), bar + h.uniform(-0.6, 0.4))
    miss = h.uniform(-0.5, 0.5)
    bottom = (apex[0] + h.uniform(-1, 0.5), 14)
    if h.maybe(0.35):  # without lifting the pen, the bar first
        right = (apex[0] + h.uniform(0.2, 2.5), end[1])
        return [[[right, left], [left, (apex[0], 0)], [(apex[0], 0), bottom]]]
    if h.maybe(0.3):  # the stem first, as from below
        return [[[bottom, apex], [apex, left], [left, end]]]
    side = [[apex, h.about((apex[0] + left[0]) / 2, bar / 2, 0.4), left], [left, end]]
    return [side, [[(apex[0] + miss, h.uniform(-0.5, 1)), bottom]]]


def _four_leaning(h: Hand) -> Strokes:
    # From the upper right to the left, across, and a short stem at the bar's end, perhaps without lifting the pen.
    bar, stem = h.uniform(7.6, 10.4), h.uniform(5.8, 8.4)
    apex, left = (h.uniform(4, 7.4), 0), (h.uniform(-0.4, 0.8), bar + h.uniform(-0.6, 0.4))
    end = (stem + h.uniform(0, 2.4), bar + h.uniform(-1.4, 0.4))
    side = [apex, h.about((apex[0] + left[0]) / 2 - h.uniform(0, 0.9), bar / 2, 0.4), left]
    bottom = (stem - h.uniform(-0.3, 2.6), 14)
    top = (stem + h.uniform(0, 0.8), bar - h.uniform(0.6, 3.6))
    middle = h.about((stem + bottom[0]) / 2 + 0.3, 11, 0.3)
    if h.maybe(0.4):
        bowl = [left, (stem * 0.55, left[1] + 0.1), (stem, bar - 0.3)]
        if h.maybe(0.5):
            return [[side, [*bowl, top], [top, middle, bottom]]]
        return [[side, [*bowl, (stem + 0.9, bar - h.uniform(0.8, 2)), middle, bottom]]]
    return [[side, [left, end]], [[top, middle, bottom]]]


def _four_in_one(h: Hand) -> Strokes:
    # Down, across, and up again for the stem, or straight on into it, as an S with corners.
    bar, stem = h.uniform(6.2, 9), h.uniform(6.4, 9)
    start, left = (h.uniform(0.6, 3.6), h.uniform(-0.3, 1)), h.uniform(-0.2, 1)
    up = (stem + h.uniform(0, 0.8), h.uniform(0, bar - 2.2))
    bottom = (stem + h.uniform(-2.6, 0.4), 14)
    middle = h.about((start[0] + left) / 2, bar / 2, 0.3)
    across = (stem - h.uniform(0, 0.8), bar + h.uniform(-1, 0.3))
    if h.maybe(0.45):  # corners
        return [[[start, middle, (left, bar)], [(left, bar), across], [across, up], [up, bottom]]]
    if h.maybe(0.5):  # a bowl to the left, and a sharp turn at the top of the stem
        bowl = [start, middle, (left + 0.3, bar - 0.6), (left + 2, bar), (stem - 1.5, bar - 0.8), up]
        return [[bowl, [up, h.about(stem, 8, 0.3), bottom]]]
    return [
        [
            [start, middle, (left, bar)],
            [(left, bar), (stem / 2, bar - 0.2), across, (stem + 0.4, bar - 1.6)],
            [(stem + 0.4, bar - 1.6), bottom],
        ]
    ]
