"""Forms of 5 to 9 that are usual where other schools teach them: see regional.py."""

from lenet_tf1.data.hands.hand import Hand, Point, Strokes, arc


def five_with_long_bar(h: Hand) -> Strokes:
    """A bar that reaches over a narrow bowl, and a short back."""
    top, neck = (h.uniform(2, 5), h.uniform(-0.2, 0.6)), (h.uniform(1, 3.4), h.uniform(3, 5.6))
    bar = (top[0] + h.uniform(5.5, 9.5), h.uniform(-1.2, 0.6))
    wide = h.uniform(6.4, 8.6)
    bowl = [neck, (wide - h.uniform(1.8, 3), neck[1] + h.uniform(-0.6, 0.6)), (wide, h.uniform(8.4, 10.2))]
    bowl += [(wide - h.uniform(2, 3.4), h.uniform(12.6, 13.8)), (h.uniform(-0.6, 1.6), h.uniform(12.6, 14))]
    back = [top, h.about((top[0] + neck[0]) / 2, neck[1] / 2, 0.2), neck]
    if h.maybe(0.5):
        return [[[bar, top], back, bowl]]
    return [[back, bowl], [[(top[0] + h.uniform(-0.6, 0.6), top[1] + h.uniform(-0.4, 0.4)), bar]]]


def five_with_short_bar(h: Hand) -> Strokes:
    """A short bar, a short back that leans, and a bowl that is as wide or wider."""
    top, neck = (h.uniform(3.4, 6), h.uniform(-0.2, 0.6)), (h.uniform(2, 4.9), h.uniform(3, 5.6))
    bar = (top[0] + h.uniform(2, 4.4), h.uniform(-1, 0.8))
    wide = h.uniform(6.6, 9)
    bowl = [neck, (wide - h.uniform(1.8, 3), neck[1] + h.uniform(-0.4, 1)), (wide, h.uniform(8.4, 10.4))]
    bowl += [(wide - h.uniform(2, 3.6), h.uniform(12.6, 13.8)), (h.uniform(-1.6, 2.4), h.uniform(10.8, 14))]
    back = [top, h.about((top[0] + neck[0]) / 2, neck[1] / 2, 0.2), neck]
    return [[[bar, top], back, bowl]] if h.maybe(0.6) else [[[bar, *back, *bowl[1:]]]]


def six_slender(h: Hand) -> Strokes:
    """A long stem that leans, and a loop that is small or narrow, and open, closed or crossed."""
    size, width = h.uniform(0.25, 0.5), h.uniform(1.4, 3.6)
    center, height = (3 + width / 2, 14 * (1 - size / 2)), 7 * size
    top = (center[0] + h.uniform(0.5, 5), 0)
    loop = arc(center, (width, height), -h.uniform(60, 90), -h.uniform(300, 390), h.uniform(-0.15, 0.1))
    stem = [top, h.about((top[0] + loop[0][0]) / 2 - 0.4, loop[0][1] / 2, 0.5)]
    if h.maybe(0.3):  # begins with a hook
        stem.insert(0, (top[0] + h.uniform(0.6, 2), h.uniform(0.4, 1.8)))
    return [[[*stem, *loop]]]


def seven_sloping(h: Hand) -> Strokes:
    """A bar that rises to a sharp corner, and a slope back under its beginning, without a stroke across."""
    corner = (h.uniform(7, 9), h.uniform(-0.2, 0.6))
    start = (h.uniform(-0.2, 1.8), h.uniform(0.6, 2.8))
    bar = [start, h.about((start[0] + corner[0]) / 2, (start[1] + corner[1]) / 2 - 0.2, 0.4), corner]
    bottom = (h.uniform(0.6, 4.6), 14)
    slope = [corner, h.about((corner[0] + bottom[0]) / 2 - 0.2, 7, 0.5), bottom]
    return [[bar, slope]]


def seven_crossed(h: Hand) -> Strokes:
    """A bar that waves and a round shoulder, or a corner; a slope that is straight or full; and a stroke across it."""
    start, corner = (h.uniform(-0.2, 1.6), h.uniform(0.2, 2.6)), (h.uniform(7, 9.2), h.uniform(-0.2, 1))
    bar = [start, (h.uniform(1.6, 3), h.uniform(-0.2, 1)), (h.uniform(4, 5.6), h.uniform(0, 1.4)), corner]
    bottom = (h.uniform(2.4, 6), 14)
    full = h.uniform(-0.6, 1.6)
    middle = ((corner[0] + bottom[0]) / 2 + full, h.uniform(6, 8))
    if h.maybe(0.6):
        body = [[*bar, (corner[0] + h.uniform(0, 0.6), corner[1] + h.uniform(1.2, 2.4)), middle, bottom]]
    else:
        body = [bar, [corner, middle, bottom]]
    y = h.uniform(6.4, 11.2)
    x = _on_the_slope(middle, bottom, y)
    left, right, tilt = h.uniform(1.5, 5), h.uniform(1.5, 6), h.uniform(-1.4, 1)
    across = [(x - left, y - tilt / 2), h.about(x, y, 0.5), (x + right, y + tilt / 2)]
    if h.maybe(0.2):  # which begins with a hook
        across.insert(0, (x - left + h.uniform(0, 1.4), y - tilt / 2 - h.uniform(0.6, 1.8)))
    return [body, [across]]


def seven_arched(h: Hand) -> Strokes:
    """An arch like a 2's instead of a bar, a slope, and a stroke across it, which mostly begins with a hook."""
    start, shoulder = (h.uniform(0.4, 2.8), h.uniform(1.4, 4)), (h.uniform(7, 9), h.uniform(2, 4.2))
    arch = [start, (h.uniform(2, 3.6), h.uniform(0, 0.8)), (h.uniform(5, 6.8), h.uniform(-0.3, 0.4)), shoulder]
    bottom = (h.uniform(2.4, 6.4), 14)
    middle = ((shoulder[0] + bottom[0]) / 2 + h.uniform(-0.2, 1.2), h.uniform(7, 9))
    y = h.uniform(7.2, 10.2)
    x = _on_the_slope(middle, bottom, y)
    left, right, tilt = h.uniform(2, 5), h.uniform(1, 4.5), h.uniform(-1, 0.8)
    across = [(x - left, y - tilt / 2), h.about(x, y, 0.4), (x + right, y + tilt / 2)]
    if h.maybe(0.6):
        across.insert(0, (x - left + h.uniform(0, 1.6), y - tilt / 2 + h.choice((-1, 1)) * h.uniform(0.6, 2)))
    return [[[*arch, middle, bottom]], [across]]


def _on_the_slope(middle: Point, bottom: Point, y: float) -> float:
    # Where a straight line through both is at that height.
    return middle[0] + (bottom[0] - middle[0]) * (y - middle[1]) / (bottom[1] - middle[1])


def eight_slender(h: Hand) -> Strokes:
    """An S, and back up to where it began, without closing it or past it; either half may be narrow."""
    waist, upper, lower = h.uniform(5.4, 8), h.uniform(0.4, 1), h.uniform(0.2, 1)
    begin = (5 + upper * h.uniform(2, 4.2), h.uniform(0.4, 3.2))
    end = (5 + upper * h.uniform(1, 4.4), h.uniform(-0.6, 3.6))
    cross = (5 + h.uniform(-0.6, 0.6), waist)
    above = [begin, (5, h.uniform(-0.2, 0.6)), (5 - upper * 3.2, waist * 0.45)]
    below = [(5 + lower * 3.6, h.uniform(9, 10.8)), (5, 14), (5 - lower * 3.6, h.uniform(9.4, 11.4))]
    return [[[*above, cross, *below, cross, end]]]


def eight_open(h: Hand) -> Strokes:
    """From the left over the top, down across, round below and back to the left, where its ends miss each other."""
    begin = (h.uniform(0.2, 2.6), h.uniform(2.4, 5))
    above = [begin, (h.uniform(2.4, 3.8), h.uniform(0.2, 0.9)), (h.uniform(5.2, 6.6), h.uniform(-0.2, 0.3))]
    narrow = h.uniform(0.3, 1)
    below = [
        (h.uniform(7.4, 9), h.uniform(2, 4)),
        h.about(5.6, 8, 0.4),
        (5 - narrow * 2.6, h.uniform(10.6, 12)),
        (5, 14),
        (5 + narrow * 2.8, h.uniform(10.4, 12)),
        h.about(5, 8.2, 0.4),
    ]
    return [[[*above, *below, (h.uniform(0.2, 2.8), begin[1] + h.uniform(1.4, 3.6))]]]


def nine_cursive(h: Hand) -> Strokes:
    """A loop that is round on the left, and a full stem with a hook."""
    right, low = h.uniform(7, 8.6), h.uniform(4.6, 7)
    start = (right - h.uniform(0, 1.6), h.uniform(0.4, 2))
    loop = [
        start,
        (h.uniform(3.4, 5), h.uniform(-0.3, 0.4)),
        (h.uniform(0.4, 2), low * 0.5),
        (h.uniform(3.4, 4.6), low),
    ]
    joint = (right - h.uniform(-0.2, 0.8), low * h.uniform(0.3, 0.6))
    out = (h.uniform(-0.8, 2), h.uniform(11.4, 13.6))
    stem = [joint, (right + h.uniform(-0.4, 0.8), h.uniform(8, 10)), (h.uniform(4, 6), h.uniform(13.2, 14)), out]
    return [[[*loop, joint], stem]] if h.maybe(0.5) else [[[*loop, *stem]]]


def nine_flat(h: Hand) -> Strokes:
    """A small or flat loop, and a wide bow, from its right or below it, that runs out far to the left, as in a g."""
    left, right, low = h.uniform(0.6, 2.8), h.uniform(6.6, 8.4), h.uniform(3.4, 5.4)
    middle, side = (left + right) / 2, (left, low * h.uniform(0.4, 0.65))
    bow = [
        (h.uniform(7.4, 9.8), h.uniform(7.6, 10.4)),
        (h.uniform(4.8, 7), h.uniform(12.8, 14)),
        (h.uniform(-1.4, 1.8), h.uniform(11.8, 14)),
    ]
    over = [side, (middle, h.uniform(-0.3, 0.3))]
    if h.maybe(0.35):  # from below
        begin = (middle + h.uniform(-1, 1.5), low)
        return [[[begin, *over, (right - 0.4, low * 0.45), begin], [begin, (begin[0] + 1.6, low + 0.3), *bow]]]
    start, joint = (right - h.uniform(-0.2, 1.4), h.uniform(0.2, 1.6)), (right - h.uniform(0, 1), low * 0.55)
    loop = [start, over[1], side, (middle, low), joint]
    if h.maybe(0.5):  # the loop closes, then a corner
        return [[[*loop, start], [start, (right + h.uniform(-0.4, 0.6), low), *bow]]]
    return [[[*loop, (right + h.uniform(-0.2, 0.6), low + h.uniform(0, 1)), *bow]]]


def nine_small_on_a_base(h: Hand) -> Strokes:
    """A small loop that closes, a stem that runs out to the right of it, and back along the line."""
    left, right, low = h.uniform(0.8, 2.4), h.uniform(5.2, 7), h.uniform(4.2, 6.2)
    start, middle = (right, h.uniform(0.8, 1.8)), (left + right) / 2
    loop = [start, (middle, h.uniform(-0.3, 0.2)), (left, low * 0.5), (middle, low), (right - 0.2, low * 0.6), start]
    corner = (right + h.uniform(0.6, 3), h.uniform(11.4, 13.4))
    out = (h.uniform(-0.6, 2.4), 14 + h.uniform(-0.6, 0.4))
    stem = [start, h.about((right + corner[0]) / 2, 7, 0.4), corner]
    if h.maybe(0.5):
        return [[loop, stem, [corner, out]]]
    return [[loop, [*stem[:2], (corner[0], corner[1] - 1), (corner[0] - 1.6, 13.8), out]]]


def nine_across(h: Hand) -> Strokes:
    """A loop that begins and closes on its left, a stem from there across to the right, and back along the line."""
    low = h.uniform(4.8, 7.4)
    radii = (h.uniform(2, 3.6), low / 2)
    center = (h.uniform(3.4, 5), low / 2)
    loop = arc(center, radii, h.uniform(205, 265), h.uniform(345, 375))
    corner, out = (h.uniform(7, 10), h.uniform(10.6, 13)), (h.uniform(-0.6, 2.4), 14 + h.uniform(-0.8, 0.4))
    middle = h.about((loop[-1][0] + corner[0]) / 2 + 0.2, (loop[-1][1] + corner[1]) / 2, 0.4)
    if h.maybe(0.5):
        return [[[*loop, middle, corner], [corner, out]]]
    return [[[*loop, middle, corner, ((corner[0] + out[0]) / 2 + 1, 13.8), out]]]


def nine_with_base(h: Hand) -> Strokes:
    """A loop, closed or not, a straight stem, and a corner, from which it runs back along the line."""
    right, low = h.uniform(6, 8.4), h.uniform(3.6, 6.4)
    start = (right - h.uniform(-0.2, 1.6), h.uniform(0, 1.8))
    loop = [start, (h.uniform(3.4, 5), h.uniform(-0.3, 0.3)), (h.uniform(0.6, 2.6), low * 0.5)]
    closes = h.maybe(0.5)  # the loop comes back to where it began
    loop += [(h.uniform(3.2, 4.8), low), start if closes else (right, low * h.uniform(0.4, 0.8))]
    corner = (right + h.uniform(-1, 1.6), h.uniform(12.4, 14))
    out = (h.uniform(-1.4, 2.4), corner[1] + h.uniform(-0.8, 0.6))
    stem = [loop[-1], h.about((loop[-1][0] + corner[0]) / 2 + 0.2, 8, 0.4), corner]
    if h.maybe(0.4):
        return [[[*loop, *stem[1:]], [corner, out]]]
    return [[loop, stem, [corner, out]]]
