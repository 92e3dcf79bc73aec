"""Code that several tests share. The tests in this folder check the tools themselves.

Independent implementations, which share no code with softstep and are compared with it:

- `oracle`: one round of the lesson by hand, in exact fractions
- `reference_reader`: reads configs, data files and answer sheets from the specification, and computes every quantity
- `students`: students who work a problem by hand, honestly or with a known slip
- `textbook`: training as in a textbook, in NumPy
- `apply_fixes`: a reader who does to a file exactly what a complaint says

Tools:

- `running`: run the command in this process, in a process of its own, in a shell or on a terminal
- `problems`: problems and complaints from a config's text; how many random problems a test tries
- `cases`: read and write the case files in `corpora/`
- `fuzzing`: make, run and judge random mutations of good files
- `karate`: make configs/karate_club.yaml from the published graph
"""
