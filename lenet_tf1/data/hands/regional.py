"""Forms that are usual where other schools teach them, and rare among MNIST's American writers: see programs.py.

They are drawn for the network that tells single digits, in addition to the ten programs, among whose digits they are
too rare to be learnt.
"""

from collections.abc import Callable

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
    across = h.uniform(1, 3.5 if has_foot else 6)  # from farther away, with a foot, it would be a Z
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
    across = h.uniform(1.2, 3.2)
    top, bottom = (5, 0), (5 + h.uniform(-0.8, 0.4), 14)
    y, left, right = h.uniform(12, 14), h.uniform(2.5, 5), h.uniform(2.5, 5.5)
    begin = (top[0] - across, across * h.uniform(0.6, 1.4))
    foot = [(bottom[0] - left, y + h.uniform(-0.5, 0.5)), (bottom[0] + right, y + h.uniform(-0.5, 0.3))]
    return [[[begin, top], [top, h.about(5, 7, 0.3), bottom]], [foot]]


def two_with_curls(h: Hand) -> Strokes:
    """A 2 that begins in a curl and turns in a large loop."""
    size = h.uniform(0.7, 1.4)
    curl = [(1.6 + 1.6 * size, 2 + 1.8 * size), (1 + 0.4 * size, 2.4 + 1.2 * size), (0.4, 2.4), (2.6, 0.3)]
    right, turn = h.uniform(7, 8.8), h.uniform(2.4, 4.4)
    arch = [*curl[0 if h.maybe(0.6) else 1 :], (5.6, 0), (right, turn)]
    low, left = h.uniform(12.6, 13.8), h.uniform(0, 1.6)
    loop = [(left + 1.6, low), (left, low), (left + 0.4, low - 1.6 * size), (left + 2 + size, low - size)]
    down = h.about(right - 2.4, 8, 0.6)
    base = [h.about(left + 5.5, 13.6, 0.4), (h.uniform(8.5, 11), h.uniform(11.8, 14))]
    return [[[*arch, down, *loop, *base]]]


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
    top, neck = (h.uniform(3.4, 6), h.uniform(-0.2, 0.6)), (h.uniform(2, 4.6), h.uniform(3, 5.6))
    bar = (top[0] + h.uniform(1.6, 4.4), h.uniform(-1, 0.8))
    wide = h.uniform(6.6, 9)
    bowl = [neck, (wide - h.uniform(1.8, 3), neck[1] + h.uniform(-0.4, 1)), (wide, h.uniform(8.4, 10.4))]
    bowl += [(wide - h.uniform(2, 3.6), h.uniform(12.6, 13.8)), (h.uniform(-0.8, 2.4), h.uniform(11.6, 14))]
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


def nine_with_base(h: Hand) -> Strokes:
    """A loop, closed or not, a straight stem, and a corner, from which it runs back along the line."""
    right, low = h.uniform(6, 8.4), h.uniform(3.6, 6.4)
    start = (right - h.uniform(-0.2, 1.6), h.uniform(0, 1.8))
    loop = [start, (h.uniform(3.4, 5), h.uniform(-0.3, 0.3)), (h.uniform(0.6, 2.6), low * 0.5)]
    if h.maybe(0.5):  # the loop comes back to where it began
        loop += [(h.uniform(3.2, 4.8), low), start]
    else:
        loop += [(h.uniform(3.2, 4.8), low), (right, low * h.uniform(0.4, 0.8))]
    corner = (right + h.uniform(-1, 1.6), h.uniform(12.4, 14))
    out = (h.uniform(-1.4, 2.4), corner[1] + h.uniform(-0.8, 0.6))
    stem = [loop[-1], h.about((loop[-1][0] + corner[0]) / 2 + 0.2, 8, 0.4), corner]
    if h.maybe(0.4):
        return [[[*loop, *stem[1:]], [corner, out]]]
    return [[loop, stem, [corner, out]]]


FORMS: tuple[tuple[Callable[[Hand], Strokes], ...], ...] = (
    (zero_with_tail,),
    (one_with_upstroke, one_from_the_base, one_looped, one_with_foot),
    (two_with_curls,),
    (three_pointed,),
    (four_low, four_round),
    (five_with_long_bar, five_with_short_bar),
    (six_slender,),
    (seven_crossed, seven_crossed, seven_arched, seven_sloping),
    (eight_slender,),
    (nine_cursive, nine_flat, nine_with_base),
)
"""The programs of each digit's forms, each as often as it is here."""
