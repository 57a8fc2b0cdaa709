"""Arrays are written as NumPy reads them, and a file without room leaves nothing open."""

from __future__ import annotations

import errno
import gc
import io
import sys

import numpy as np
import pytest

from tftune.support.array_writing import write_arrays


class FullDisk(io.BytesIO):
    """Takes 300 bytes and no more."""

    def write(self, content) -> int:  # type: ignore[no-untyped-def]
        if self.tell() + len(content) > 300:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_written_is_read_by_numpy(compress: bool) -> None:
    arrays = {"x": np.arange(6.0).reshape(2, 3), "a/b": np.array("words"), "none": np.zeros((0, 4))}
    file = io.BytesIO()
    write_arrays(file, arrays, compress)
    file.seek(0)
    with np.load(file) as found:
        assert sorted(found.files) == sorted(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype and np.array_equal(found[name], array)


def test_a_full_disk_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    later = []
    monkeypatch.setattr(sys, "unraisablehook", later.append)
    with pytest.raises(OSError, match="No space left on device"):
        file = FullDisk()
        write_arrays(file, {"x": np.zeros(20), "y": np.zeros(20)})
    file.close()
    gc.collect()
    assert later == []


def test_objects_are_not_pickled() -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_arrays(io.BytesIO(), {"x": np.array([{}])})
