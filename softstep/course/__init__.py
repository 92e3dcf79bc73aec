"""The coursework kit: variants of an exercise, their worksheets and keys.

`exercise` says what is asked; `integers` and `drawing` draw new numbers, `vetting` and `slip_figures` say why a draw
will not do, and `variants` draws until it will. `worksheet` has what is written for variants, `formats` the formats.
"""
