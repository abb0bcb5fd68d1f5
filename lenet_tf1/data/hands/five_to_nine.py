"""Programs for 5 to 9: see programs.py."""

import math

from lenet_tf1.data.hands.hand import Hand, Point, Strokes, arc


def five(h: Hand) -> Strokes:
    """A back, a bowl and a bar; the bar may be apart, or all is one stroke, with corners or as round as an S."""
    left, neck = h.uniform(1, 3), h.uniform(4.6, 7)
    top = (left + h.uniform(0, 1.2), h.uniform(-0.2, 0.6))
    bar = (h.uniform(6.5, 10.5), h.uniform(-0.9, 0.7))
    if h.maybe(0.1):
        bar = (top[0] + h.uniform(2.4, 4), top[1] + h.uniform(-0.4, 0.4))
    back = [top, h.about((top[0] + left) / 2, neck / 2, 0.2), (left, neck)]
    wide = h.uniform(7.6, 10)
    bowl = [(left, neck), (h.uniform(4.4, 6), neck - h.uniform(-0.1, 1.2)), (wide, h.uniform(8.6, 10.4))]
    bowl += [(h.uniform(6, 7.4), h.uniform(12.6, 13.6)), (h.uniform(2.6, 4), h.uniform(13.6, 14.2))]
    bowl.append((h.uniform(-0.6, 1), h.uniform(12, 13.6)))
    if h.maybe(0.12):  # comes back towards the back
        bowl[-1] = (h.uniform(0, 1.4), h.uniform(10.6, 12.4))
    if h.maybe(0.08):  # square
        corner = (wide, neck + h.uniform(-0.3, 0.5))
        under = (wide - h.uniform(0, 1), 14)
        bowl = [(left, neck), corner]
        return [[[bar, top], back, bowl, [corner, under], [under, (h.uniform(-0.2, 1.5), 14 + h.uniform(-0.5, 0.2))]]]
    kind = h.random()
    if kind < 0.3:  # one stroke with corners
        return [[[bar, top], back, bowl]]
    if kind < 0.45:  # as round as an S
        return [[[bar, (top[0] + 1.2, 0.3), (left, 2.4), (left + 0.5, neck - 0.2), *bowl[1:]]]]
    if kind < 0.55:
        return [[[bar, top], [*back, *bowl[1:]]]]
    # The bar comes last, and starts where the back did, or near it.
    shift = h.uniform(-0.8, 1.4), h.uniform(-0.9, 0.7)
    ends = [(top[0] + shift[0], top[1] + shift[1]), (bar[0] + shift[0], bar[1] + shift[1])]
    body = [[*back, *bowl[1:]]] if h.maybe(0.3) else [back, bowl]
    return [body, [ends]]


def six(h: Hand) -> Strokes:
    """A stem that bends into a loop, small or large, which it may cross or not quite reach."""
    size = h.uniform(0.26, 0.62)  # of the loop, as a share of the height
    upper = 14 * (1 - size)
    width = h.uniform(0.8, 1.15) * (3.2 + 3.2 * size)
    center = (width, (upper + 14) / 2)
    radius = (14 - upper) / 2
    top = (center[0] + h.uniform(-0.6, 1) * width * 0.9, 0)
    stem: list[Point] = [top]
    if h.maybe(0.25):  # begins with a hook
        stem.insert(0, (top[0] + h.uniform(0.8, 2.2), h.uniform(0.3, 1.6)))
    bow = h.uniform(0.2, 1)
    stem.append((top[0] * (1 - bow) + (center[0] - width) * bow * 0.8 + 0.3, 0.45 * upper + 0.5))
    loop = arc(center, (width, radius), -80, -h.uniform(320, 400), h.uniform(-0.2, 0))
    if h.maybe(0.12):  # a straight stem and a corner where the loop begins, as in a b
        return [[[top, (center[0] - width, center[1])], loop]]
    return [[[*stem, *loop]]]


def seven(h: Hand) -> Strokes:
    """A bar and a slope; perhaps a tick at the start, a wave in the bar, a stroke through the middle."""
    corner = (h.uniform(7.6, 10), h.uniform(-0.2, 1.2))
    start = (h.uniform(-0.3, 1.6), h.uniform(-0.3, 1))
    bottom = (h.uniform(1.6, 6.8), 14)
    bar = [start, (h.uniform(3.5, 5.5), (start[1] + corner[1]) / 2 + h.uniform(-0.6, 0.6)), corner]
    pieces = [bar]
    if h.maybe(0.3):  # a tick
        tick = (start[0] + h.uniform(-0.5, 0.5), start[1] + h.uniform(1.2, 5))
        pieces = [[tick, start], bar] if h.maybe(0.6) else [[tick, *bar]]
    middle = ((corner[0] + bottom[0]) / 2 - h.uniform(-0.4, 1.6), h.uniform(6, 8))
    slope = [corner, middle, bottom]
    if h.maybe(0.25):  # no corner
        pieces[-1] = [*pieces[-1][:-1], (corner[0] - 0.4, corner[1]), (corner[0] - 0.2, corner[1] + 1.2), *slope[1:]]
    else:
        pieces.append(slope)
    strokes = [pieces]
    if h.maybe(0.55):
        y = h.uniform(5.4, 10.8)
        x = corner[0] + (bottom[0] - corner[0]) * y / 14
        tilt = h.uniform(-1.2, 0.8)
        strokes.append([[(x - h.uniform(0.4, 4.6), y - tilt / 2), (x + h.uniform(1.2, 5), y + tilt / 2)]])
    return strokes


def eight(h: Hand) -> Strokes:
    """Two loops: an S that is closed, begun at several places, or two rounds, one on the other."""
    waist = h.uniform(5, 7.6)
    up, low = h.uniform(2.6, 4.2), h.uniform(3.6, 5)
    if h.maybe(0.25):  # one of them is narrow
        up, low = (up, h.uniform(1.4, 3)) if h.maybe(0.6) else (h.uniform(1.4, 2.6), low)
    kind = h.random()
    if kind < 0.16:  # two rounds
        start, sweep = h.uniform(-60, 60), h.choice([-1, 1]) * h.uniform(345, 385)
        upper = arc((5 + h.uniform(-0.7, 0.7), waist / 2), (up, waist / 2), start, sweep)
        height = (14 - waist) / 2
        sweep = h.choice([-1, 1]) * h.uniform(345, 385)
        lower = arc((5, waist + height - h.uniform(0, 0.7)), (low, height), h.uniform(-60, 60), sweep)
        return [[upper], [lower]]
    ribbon = _ribbon(h, waist, up, low)
    first = h.choice((0, 0, 0, 1, 1, 1, 2, 3, 4))
    ribbon = ribbon[_BEGINNINGS[first] :] + ribbon[: _BEGINNINGS[first]]
    begin, gap = ribbon[0], h.random()
    end = begin
    if gap < 0.35 and first < 2:  # its ends miss each other, or cross
        end = h.about(begin[0] + (0.6 if first else 0), begin[1] - 0.3, 1.1)
    elif gap < 0.45 and first < 2:  # the second comes back beside the first, and stays open
        ribbon.pop()
        end = (ribbon[-1][0] + h.uniform(-0.4, 0.8), ribbon[-1][1] - h.uniform(0.5, 1.6))
    if gap > 0.9 and first < 2:
        ribbon.insert(0, (begin[0] + h.uniform(1, 2.4), begin[1] + h.uniform(-0.6, 0.8)))
    return [[[*ribbon, end]]]


def _ribbon(h: Hand, waist: float, up: float, low: float) -> list[Point]:
    # A closed one, from the top leftwards, down across, round below, and up across.
    y1, y3 = h.uniform(0.42, 0.55) * waist, waist + (14 - waist) * h.uniform(0.45, 0.58)
    cross = (5 + h.uniform(-0.6, 0.6), waist)
    left = arc((5, y1), (up, y1), 0, -125)[:-1]
    below = arc((5, y3), (low, 14 - y3), 80, 200)
    right = arc((5, y1), (up, y1), 100, -70)
    ribbon = [*left, cross, *below, cross, *right]
    mirrored = h.maybe(0.15)
    return [h.about(10 - x if mirrored else x, y, 0.25) for x, y in ribbon]


_BEGINNINGS = (0, -2, 4, 7, -4)  # of an 8, in its ribbon: the top, the upper right, the middle, below, the middle again


def nine(h: Hand) -> Strokes:
    """A loop, small or large, closed or not quite, and a stem: straight, bent, hooked, or a stroke of its own."""
    size = h.uniform(0.2, 0.54)  # of the loop, as a share of the height
    radii = (h.uniform(0.8, 1.2) * (2.3 + 3 * size), 7 * size)
    center = (8 - radii[0], radii[1])
    start = h.uniform(35, 85)
    loop = arc(center, radii, start, -h.uniform(310, 400) + (start - 60) / 2, h.uniform(-0.15, 0.1))
    join = (8 + h.uniform(-0.5, 0.3), center[1] + h.uniform(-0.8, 0.4) * radii[1])
    stem = _nine_stem(h, join)
    kind = h.random()
    if kind < 0.07:  # the stem hangs from under the loop
        angle = h.uniform(-40, 35)
        below = (center[0] - 0.85 * angle / 40 * radii[0], 1.85 * radii[1])
        end = (below[0] - math.tan(math.radians(angle)) * (14 - below[1]), 14)
        return [[arc(center, radii, 180, h.choice((-1, 1)) * h.uniform(340, 380)), [below, end]]]
    if kind < 0.16 and size > _CLEAR:  # or bulges from there, as the lower half of a 3 under a closed loop
        begin = h.uniform(150, 200)
        loop = arc(center, radii, begin, -h.uniform(345, 375))
        y = loop[-1][1]
        bulge = [
            (h.uniform(7, 9), (y + 14) / 2),
            (h.uniform(4, 6), h.uniform(13, 14)),
            (h.uniform(-1, 2), h.uniform(12.6, 14)),
        ]
        return [[[*loop, *bulge]]]
    if kind < 0.25:  # a loop, then a stem that begins above or beside it
        stem[0] = (8 + h.uniform(-0.4, 0.8), h.uniform(-0.6, center[1] * 0.8))
        return [[loop], [stem]]
    if kind < 0.38:  # clockwise, into the stem without a corner
        begin = h.uniform(105, 160)
        under = arc(center, radii, begin, 450 - begin + h.uniform(-15, 15))
        return [[[*under, *stem[1:]]]]
    if kind < 0.6:
        return [[[*loop[:-1], join, *stem[1:]]]]
    return [[[*loop[:-1], join], stem]]


_CLEAR = 0.37  # the least size of a 9's loop that is still seen over the lower half of a 3


def _nine_stem(h: Hand, join: Point) -> list[Point]:
    kind = h.random()
    if kind < 0.4:  # straight, or leaning
        bottom = (h.uniform(4, 8.8), 14)
        middle = h.about((join[0] + bottom[0]) / 2 + 0.2, (join[1] + 14) / 2, 0.4)
        if h.maybe(0.15):  # a foot
            return [join, middle, (bottom[0], 13), (bottom[0] + h.uniform(0.8, 2.2), h.uniform(13, 14))]
        return [join, middle, bottom]
    low, out = h.uniform(13, 14), h.uniform(-0.8, 4)
    bend = (8 + h.uniform(-0.8, 0.6), h.uniform(8, 11))
    stem = [join, bend, (h.uniform(5, 6.6), low), (out + 1, h.uniform(13, 14))]
    if kind < 0.75:  # a hook
        return [*stem, (out - 0.4, h.uniform(11.4, 13.4))]
    if kind < 0.9:  # a hook that curls, into a loop or away to the right
        turn = [(h.uniform(1, 3), h.uniform(11, 12.6)), (h.uniform(4, 6), h.uniform(11.4, 13))]
        return [join, bend, (5.6, 13.4), (2.4, 14), (0.8, 12.8), *turn, (h.uniform(7, 10), h.uniform(12, 14))][
            : h.randint(6, 8)
        ]
    return [join, bend, (h.uniform(4, 6), low), (out, 14)]
