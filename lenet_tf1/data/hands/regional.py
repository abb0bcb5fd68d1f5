"""Forms that are usual where other schools teach them, and rare among MNIST's American writers: see programs.py.

They are drawn in addition to the ten programs, among whose digits they are too rare to be learnt.
"""

from collections.abc import Callable

from lenet_tf1.data.hands import regional_five_to_nine as five_to_nine
from lenet_tf1.data.hands import regional_zero_to_four as zero_to_four
from lenet_tf1.data.hands.hand import Hand, Strokes

FORMS: tuple[tuple[Callable[[Hand], Strokes], ...], ...] = (
    (zero_to_four.zero_with_tail,),
    (
        zero_to_four.one_with_upstroke,
        zero_to_four.one_from_the_base,
        zero_to_four.one_looped,
        zero_to_four.one_with_foot,
    ),
    (zero_to_four.two_with_curls, zero_to_four.two_looped, zero_to_four.two_crossed),
    (zero_to_four.three_pointed, zero_to_four.three_curled),
    (zero_to_four.four_low, zero_to_four.four_round, zero_to_four.four_slender),
    (five_to_nine.five_with_long_bar, five_to_nine.five_with_short_bar),
    (five_to_nine.six_slender,),
    (five_to_nine.seven_crossed, five_to_nine.seven_crossed, five_to_nine.seven_arched, five_to_nine.seven_sloping),
    (five_to_nine.eight_slender, five_to_nine.eight_open),
    (
        five_to_nine.nine_cursive,
        five_to_nine.nine_flat,
        five_to_nine.nine_with_base,
        five_to_nine.nine_small_on_a_base,
        five_to_nine.nine_across,
    ),
)
"""The programs of each digit's forms, each as often as it is here."""
