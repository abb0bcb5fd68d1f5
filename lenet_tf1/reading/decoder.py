"""From what may be digits to what is: one for each place, of the sizes that a page's digits have, and sure enough."""

from dataclasses import dataclass, replace

import numpy as np

from lenet_tf1.reading.detector import LEAST, MOST, Candidates

_SAME = 0.35  # share of two boxes' union that both cover, from which on they are one digit
_INSIDE = 0.6  # share of the smaller box, from which on it is a part of the larger one
_LARGER = 0.3  # a larger one is preferred, by its size to this power: loops are parts of digits
# A 0 is a ring around another digit, of that probability and score at least, whose middle is as near to its own and
# whose height and width are within these, as shares of its own: of digits in rings, 60 each with seeds 99 and 5, 59 and
# 60 are read instead of 56 and 56.
_RINGED, _RINGED_SCORE, _RINGED_NEAR = 0.8, 0.25, 0.15
_RINGED_HEIGHT, _RINGED_WIDEST = (0.35, 0.8), 0.85
_SURE, _BESIDE = 0.6, 0.45  # scores: of a digit alone, and of one beside a sure one (from 0.4 on points are 9s)
_SIZES = 0.35  # deviation of the logarithm of a page's digits' sizes
_OTHER_SIZE = 1.7  # times larger or smaller than the page's digits: none of them,
_CLEAR, _CLEAR_SIZE = 0.7, 2.0  # but what is clear, score times probability, up to so many times: hands are uneven
# With this and the next, of some 1,900 numbers on paper (seeds 202, 203, 301) four more were read right and none wrong;
# with 0.35, of 39 photographs in 38 forms each, 11 of 1,482 less, and of 2,500 numbers none more.
_IN_ROW, _LIKELY = 0.25, 0.8  # the score and the probability of a digit in the row of a sure one; a 1 has to be
_BETWEEN = 0.9  # as probable as that, and stand between two. Of the row is
_LEVEL, _REACH, _HIGH = 0.35, 2.5, 1.3  # its middle as near in heights, as near in sizes, and as high in either way
_FRONT = 0.15  # of what is found, the least that is written on this side of a page,
_FAINT = 0.4  # of whose strength is what shines through from another, at most;
_GAP = 1.25  # times as strong is the weakest of this side's
_CERTAIN, _DOUBTFUL = 0.9, 0.6  # probabilities of digits that tell how strong a page's are, and of such as
_PALE = 0.67  # of that strength are none: smudges, and single strokes that shine through;
_GUESSED = 0.4  # and where none is certain, the probability,
_GRAIN = 0.05  # and the strength, below which what is seen may be the paper's grain
_TRUSTED = 8  # power of a probability in what it counts as: upside down, most digits look like doubtful other ones
_NEAR = 1.6  # sizes between the middles of digits that are beside each other


@dataclass
class Found:
    """Digits that were found, n of them: `centers` and `sizes` float32 [n, 2] in pixels, `scores` float32 [n] in 0..1,
    `digits` float32 [n, 10], the probabilities of which."""

    centers: np.ndarray
    sizes: np.ndarray
    scores: np.ndarray
    digits: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: np.ndarray) -> "Found":
        return Found(self.centers[index], self.sizes[index], self.scores[index], self.digits[index])


def decode(candidates: Candidates) -> Found:
    """The digits among Candidates: a Found."""
    return _sure(_of_one_size(_without_parts(_without_rings(_joined(candidates)))))


def _joined(c: Candidates) -> Found:
    # One for each group of candidates that cover each other, from several sizes of the picture.
    order = np.argsort(-c.heat, kind="stable")
    boxes = _full(c.centers, c.sizes)
    free = np.ones(len(order), bool)
    kept = []
    for i in order:
        if not free[i]:
            continue
        group = np.flatnonzero(free)
        group = group[overlap(boxes[i], boxes[group])[0] > _SAME]
        group = np.union1d(group, i)
        free[group] = False
        kept.append(_one(c, group))
    if not kept:
        return Found(np.zeros([0, 2]), np.zeros([0, 2]), np.zeros(0), np.zeros([0, 10]))
    return Found(*(np.array(column) for column in zip(*kept, strict=True)))


def _one(c: Candidates, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    heat = c.heat[group]
    weights = heat**2 / (heat**2).sum()
    center = weights @ c.centers[group]
    size = np.exp(weights @ np.log(c.sizes[group]))
    digits = weights @ c.digits[group]
    # The two best sizes of the picture, of those at which a digit of this size is to be seen.
    seen = size.max() * c.scales
    possible = max(1, np.count_nonzero((seen >= LEAST) & (seen <= MOST)))
    best = np.zeros(len(c.scales))
    np.maximum.at(best, c.levels[group], heat)
    score = np.sort(best)[::-1][: min(2, possible)].mean()
    return center, size, score, digits


def _full(centers: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    # Boxes (left, top, right, bottom), none narrower than half its height: 1s are hardly wider than a pen.
    half = np.maximum(sizes, 0.5 * sizes.max(axis=1, keepdims=True, initial=0)) / 2
    return np.concatenate([centers - half, centers + half], axis=1)


def overlap(box: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a box (left, top, right, bottom) has in common with others: shares of their union, and of the smaller."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    common = np.maximum(sides, 0).prod(axis=1)
    area, areas = (box[2:] - box[:2]).prod(), (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return common / (area + areas - common), common / np.minimum(area, areas)


def _without_rings(found: Found) -> Found:
    # A digit in a ring is written as surely as what they are together. Of a page full of grain there are too many to
    # compare each with each.
    labels, probabilities = found.digits.argmax(axis=1), found.digits.max(axis=1, initial=0)
    zeros = np.flatnonzero(labels == 0)
    clear = np.flatnonzero((labels != 0) & (probabilities >= _RINGED) & (found.scores >= _RINGED_SCORE))
    centers, sizes = found.centers[zeros, None], found.sizes[zeros, None]
    near = (np.abs(centers - found.centers[clear]) <= _RINGED_NEAR * sizes).all(axis=2)
    wide, high = (found.sizes[clear] / sizes).transpose(2, 0, 1)
    ringed = near & (high > _RINGED_HEIGHT[0]) & (high < _RINGED_HEIGHT[1]) & (wide < _RINGED_WIDEST)
    together = np.where(ringed, found.scores[zeros, None], 0).max(axis=0, initial=0)
    scores = found.scores.copy()
    scores[clear] = np.maximum(scores[clear], together)
    return replace(found, scores=scores)[np.setdiff1d(np.arange(len(found)), zeros[ringed.any(axis=1)])]


def _without_parts(found: Found) -> Found:
    boxes = _full(found.centers, found.sizes)
    rank = found.scores * found.sizes.max(axis=1, initial=0) ** _LARGER
    kept: list[int] = []
    for i in np.argsort(-rank, kind="stable"):
        if not kept or overlap(boxes[i], boxes[kept])[1].max() < _INSIDE:
            kept.append(i)
    return found[np.array(kept, int)]


def _of_one_size(found: Found) -> Found:
    # The size that most of the scores agree on; what is far from it is something else.
    if not len(found):
        return found
    logs = np.log(found.sizes.max(axis=1))
    weights = np.maximum(found.scores - 0.3, 0) ** 2 + 1e-6
    support = (weights * np.exp(-((logs[:, None] - logs) ** 2) / (2 * _SIZES**2))).sum(axis=1)
    # Of as many, the larger: parts of digits are many, and small.
    usual = logs[np.argmax(support * np.exp(_LARGER * logs))]
    clear = found.scores * found.digits.max(axis=1) > _CLEAR
    return found[np.abs(logs - usual) < np.log(np.where(clear, _CLEAR_SIZE, _OTHER_SIZE))]


def _sure(found: Found) -> Found:
    sure = found.scores >= _SURE
    near = found.scores >= _BESIDE
    # Many a side of a cell is a likely 1, but higher than the digits on both sides of it.
    ones, probable = found.digits.argmax(axis=1) == 1, found.digits.max(axis=1, initial=0)
    likely = (found.scores >= _IN_ROW) & (probable >= np.where(ones, _BETWEEN, _LIKELY))
    while True:
        left, right = _in_row(found, sure)
        in_row = np.where(ones, left & right, left | right)
        more = ~sure & (near & _beside(found, sure) | likely & in_row)
        if not more.any():
            return found[sure]
        sure |= more


def _beside(found: Found, sure: np.ndarray) -> np.ndarray:
    sizes = found.sizes.max(axis=1)
    distance = np.hypot(*(found.centers[:, None] - found.centers[sure]).transpose(2, 0, 1))
    alike = np.abs(np.log(sizes[:, None] / sizes[sure])) < np.log(1.5)
    return ((distance < _NEAR * sizes[sure]) & alike).any(axis=1)


def _in_row(found: Found, sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Whether sure digits of its row stand left of each, and right of it.
    heights = found.sizes[:, 1]
    across, down = (found.centers[:, None] - found.centers[sure]).transpose(2, 0, 1)
    alike = np.abs(np.log(heights[:, None] / heights[sure])) < np.log(_HIGH)
    near = np.abs(across) < _REACH * np.maximum(heights[sure], found.sizes[:, :1])
    same = alike & near & (np.abs(down) < _LEVEL * heights[sure])
    return (same & (across > 0)).any(axis=1), (same & (across < 0)).any(axis=1)


def evidence(found: Found) -> float:
    """How much is read in a picture, to compare it with the same one turned: digits, by how sure they are."""
    return float((found.scores * found.digits.max(axis=1, initial=0) ** _TRUSTED).sum())


def sureness(found: Found) -> float:
    """How sure that is which is read in a picture: a digit's score times its probability, in the mean, 0 of none."""
    return float((found.scores * found.digits.max(axis=1)).mean()) if len(found) else 0.0


def strong(strengths: np.ndarray) -> np.ndarray:
    """Which digits are written on this side of the page: bool [n] of float [n]. What shines through is much weaker.

    It may be most of what is found, so the strongest tell how strong the page's digits are.
    """
    falling = np.sort(strengths)[::-1]
    for count in range(max(1, round(_FRONT * len(falling))), len(falling)):
        weaker = falling[count]
        if weaker < _FAINT * np.median(falling[:count]) and weaker * _GAP < falling[count - 1]:
            return strengths > weaker
    return np.ones(len(strengths), bool)


def distinct(probabilities: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Which digits are no smudges: bool [n] of float [n], how probable each is and how strong its ink.

    A smudge is doubtful and weaker than the digits that are certain; pale digits that can be read stay. Without
    any that is certain, it is what could be any digit, or is as weak as the paper's grain.
    """
    certain = probabilities >= _CERTAIN
    if not certain.any():
        return (probabilities >= _GUESSED) & (strengths >= _GRAIN)
    return (probabilities >= _DOUBTFUL) | (strengths >= _PALE * np.median(strengths[certain]))


def mixed(found: Found, others: np.ndarray, share: float) -> Found:
    """The Found with another opinion, float32 [n, 10], mixed into its digits with that share."""
    return replace(found, digits=(1 - share) * found.digits + share * others)
