"""What the reports say of the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from tftune.journal.provenance import summarize_arrays
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.generators import with_generators_read
from tftune.training.inputs.summary import summarize

X, Y = np.zeros((6, 2), "float32"), np.arange(6)


def test_plain_arrays_count_as_in_older_journals() -> None:
    options = {"validation_data": (X[:2], Y[:2])}
    told = summarize(FitCall.of((X, Y), options))
    assert told == summarize_arrays((X, Y), options)
    assert (told["source"], told["train"], told["validation"]) == ("arrays", 6, 2)


def test_rows_are_told_where_they_are_known(tmp_path: Path) -> None:
    nested = summarize(FitCall.of(([X, X], Y), {"validation_data": ([X[:3]] * 2, Y[:3])}))
    assert (nested["train"], nested["validation"]) == (6, 3) and nested["fingerprint"]
    whole = tf.data.Dataset.from_tensor_slices((X, Y)).batch(3, drop_remainder=True)
    assert summarize(FitCall.of((whole,), {}))["train"] == 6
    assert summarize(FitCall.of((whole.repeat(),), {}))["train"] is None
    batches = ((X[:2], Y[:2]) for _ in range(3))
    call = with_generators_read(FitCall.of((batches,), {}), tmp_path)
    told = summarize(call)
    assert (told["source"], told["train"]) == ("generator", 6) and told["fingerprint"]
