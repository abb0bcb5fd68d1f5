"""The numbers of reading by the ink alone, and of lone digits, each with its unit and the reason for it.

Lengths are shares of something that is measured in the picture itself, because nobody says how large the writing
is. The *typical height* is the median height of the pieces of ink that are not much smaller than the largest.
Probabilities are the network's.

What tells ink from paper stands in data/ink.py, how one character is fitted into 28 x 28 pixels in data/normalize.py,
and what the page reader needs beside the code that uses it.

None of those for the ink has to be exact. Before there was a page reader, each one but LONGEST_SIDE was made a fifth
smaller and a quarter larger, alone, with one network of the page's recipe, on the 29 kinds of pictures of
tests/pictures.py at 4 seeds each (116 of 116 were read right), and on 39 photographs and drawings by strangers (24
were read right). The 116 stayed right throughout. Of the 39, two were lost with DIGIT_COST = 0.625 and one with
ROW_OVERLAP = 0.32; nothing else changed how many were right. 18 of the numbers were changed on 499 strings of five
digits by 30 people's pens too (453 were read right): SMALL moved that by 2 (0.4: more, 0.625: fewer), JOIN_WIDEST =
1.5625 and APART = 0.15 lost one each, and the others none.
"""

# What is looked at: bounds on the work that one picture can make.

LONGEST_SIDE = 1600  # pixels: larger pictures are made smaller before anything is looked for in them
MOST_PIECES = 500  # pieces of ink, the largest ones: a page full of writing has fewer, grain has thousands
CROWDED = 3  # pictures that the boxes of all pieces would fill together: no writing lies over itself that often

# From ink to pieces: which of them are writing, and how large writing is here.

SPECK = 0.2  # of the typical height: what is smaller in both directions is dirt; an accent, a 5's bar is larger
HALF_THE_HIGHEST = 0.5  # pieces below it don't count towards the typical height: they are strokes, commas and dirt
BAR_AS_HIGH = 0.5  # of its width, what a flat piece counts for: a dash alone in a picture is about a digit wide

# A stroke right above or below a larger one is the same character's, like a 5's bar that is apart from its body.

STACKED_SMALLER = 0.75  # of the other's height, the most it may have: the digits of two lines are equally high
STACKED_ACROSS = 0.6  # of the narrower one's width, which has to be over the other
STACKED_APART = 0.2  # of the larger one's height, the widest gap between them: lines are further apart
STACKED_TOUCHING = 0.05  # of it, the widest gap or overlap of two that are about as high, as an 8's two rounds

# Rows.

ROW_LARGE = 0.45  # of the typical height: smaller pieces start no row, since those of two rows may overlap them
ROW_OVERLAP = 0.4  # of the lower one's height, that two neighbours of a row share; less than half, for rows slope
ROW_GAP = 3.0  # typical heights, the widest gap that is bridged directly: beyond it a slope has had time to add up
ROW_REACH = 0.6  # typical heights, within which a small piece joins the nearest row
SAME_ROW = 0.6  # of the lower one's height, that two rows side by side share if they are one with a wide gap in it

# Strokes of one character, within a row.

NEIGHBOURS = 6  # pieces, left to right, that a piece is compared with: nothing is written in more strokes
APART = 0.12  # typical heights, from which gap on two pieces are not compared at all
SMALL = 0.5  # of the typical height: a piece below it is a stroke rather than a character
CLOSE = 0.25  # typical heights, within which a small piece is a part of its neighbour
OVER = 0.5  # of the narrower one's width, which has to be over or under the other to be a part of it
WIDEST = 1.1  # typical heights, the widest that two large pieces may be together as one character
LEAST = 0.35  # of the typical height: what is smaller after all joining was no character

# Words.

WORD_GAP = 0.75  # of the row's median height: narrower gaps part no words
WORD_GAP_USUAL = 1.8  # times the row's median gap, or else it is how this hand spaces its digits

# Which neighbouring pieces are tried as one digit.

JOIN_GAP = 0.3  # of their height together, the widest gap between two of them
JOIN_WIDEST = 1.25  # times their height, the widest that they may be together: digits are higher than wide
MOST_JOINED = 7  # pieces that a digit is put together from: one cut at all of its places
MOST_SPANS = 700  # of a word's neighbouring pieces: a word that has more is no number, and is read as it stands

# What is cut as two digits that touch, and where.

CUT_WIDTH = 0.8  # times its height: what is narrower is one digit
UNSURE_CUT = 0.5  # probability: of what the network is surer than that, nothing is cut, however wide
MOST_CUTS = 6  # places within one character, those with the least ink: three digits that touch need two
CUT_MARGIN = 0.2  # of the height, at both ends, that is not cut off: no digit but a 1 is as narrow, and a 1 has none
CUT_MARGIN_LEAST = 2  # pixels
CUT_APART = 0.12  # of the height, between two places: about a pen's width
CUT_SMOOTHED = 20  # columns of which the ink is averaged: the height divided by this, against the pen's roughness

# Which reading of a word is preferred: the one with the lowest sum of -ln(probability) and these.

DIGIT_COST = 0.5  # nats for each digit, so that one is preferred to two that are about as likely,
CUT_COST = 1.5  # and for one that was cut off another, so that a cut has to make the network much surer

# A picture in which the page reader finds one digit or none, and the rules one: the rules are believed.

LONE_SURE = 0.4  # probability, calibrated, that 88 % of our own shapes that are no digits stay below
LONE_LARGE = 0.4  # of the picture's width or height, that it has to fill: grain and stains are small
# What is smaller has to be as probable, and the page reader as warm there, if it isn't sure itself. Of 5,050 digits
# alone on more paper, of fonts, MNIST, Semeion and USPS, 18 are read as nothing, and 76 if only large ones are
# believed; of 1,060 letters alone 506 are taken for digits, and 440.
LONE_CLEAR, LONE_WARM = 0.9, 0.4
LONE_ASIDE = 0.3  # of the picture's width and height, the furthest that its middle is off: else it is a cell's side
LONE_WITHIN = 0.05  # of a sheet's or a cell's width and height, how far from its sides a digit is at least: else a side
LONE_SAME = 0.5  # share of two boxes' union that both cover, from which on they are of the same ink: then it counts
# How much, of 1, what the page reader has seen there, and the rest what the rules have found. Of scans on paper, 1,592
# of Semeion, 7,291 of USPS and 3,000 of MNIST, 24, 45 and 10 were wrong, and 28, 41 and 14 if the more probable counts
# (with the two networks for single digits before those that ship).
LONE_SEEN = 0.4
