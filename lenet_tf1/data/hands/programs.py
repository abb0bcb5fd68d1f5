"""Ten digits as people write them: each a small program with ranges, from which a hand is drawn at random.

A program takes a Hand and returns strokes. A stroke is a list of pieces, which meet in corners; a piece is a list of
points (x, y) that a smooth curve runs through. Ten units are wide, fourteen high, y downwards. What is common to all
digits of a hand, such as slant, width and pen, is not decided here but in pens.py.

The ranges are narrow enough that a person would confirm the digit: sheets of 400 of each were looked at.
"""

from lenet_tf1.data.hands.five_to_nine import eight, five, nine, seven, six
from lenet_tf1.data.hands.zero_to_four import four, one, three, two, zero

PROGRAMS = (zero, one, two, three, four, five, six, seven, eight, nine)
