"""What the handout is measured against: the same content, made in other ways.

``naive`` prints the product's own markup with WeasyPrint as its documentation shows:
pictures inline, rules and fonts read at each call. It is tuned as far as that goes: the
markup is the product's, which has no flex boxes and no nested tables, so it is faster
than what one would write at first.

``platypus`` draws the same words, pictures and tables with ReportLab, untagged: the
floor of what layout in Python costs. Its fonts are loaded and its pictures parsed once,
its styles made once, its tables have fixed widths and no splitting by row.
"""
