"""Trained by plain `model.fit` and by tftune, from the same seed: the same numbers.

A case is a model, data and arguments of `fit` (`case.Case`). The cases stand in `cases_*.py`, the
models in `models.py` and `own_models.py`, the data in `data.py`. To add one, write three lines
into the list of a `cases_*.py`:

    Case("Lion", dense(lambda: keras.optimizers.Lion(1e-3)), arrays, EXACT),

and renew the table of `docs/differential.md` with `python -m tests.differential.table`. The first
line of the docstring of a model's or data's function is what the table says of it. A case that the
quick suite runs has `quick=(0,)` or `quick=(0, 1)`, the workers; everything else is slow.

Trials share a graph only in a child, where the layers of each trial have the same names: cases
with several trials say most with `workers=1`.

`trainings.py` trains, `compare.py` compares. `test_exact.py` asks for equal histories,
`test_distribution.py` for equal means over eight seeds, where no seed can be shared.
"""
