"""WHAT A REPORT SAYS, in numbers: pure functions of the records, drawn elsewhere."""
