"""One module a library, each run by the Python of that library's environment: nothing here imports
anything of this project, and the library only when a search is made.

A module has `make(method, space, seed, trials)`, which returns an object with `ask()`, a pair of
whatever the library knows a point by and its values in the order of the space, and
`tell(point, loss)`; several points may be asked for before a loss is told. A function `load()`
imports what takes long. `space` is a list of dictionaries: `name` and either `choices`, how many
there are, and `ordered`; or `low` and `high`, and `log` if the scale is logarithmic. The value of
a choice is its position, from 0.
"""
