"""The driver's end of the pipe: whole messages only, and never a wait for the rest of one."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import struct
import threading

import pytest

from tftune.execution.channel import Channel, send

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows' pipes keep messages apart")


def test_half_a_message_is_not_waited_for() -> None:
    ours, theirs = multiprocessing.Pipe()
    channel = Channel(ours)
    message = pickle.dumps("hello")
    raw = struct.pack(">Q", len(message)) + message
    os.write(theirs.fileno(), raw + raw[:10])
    assert channel.has_more() and channel.receive() == ["hello"]
    assert not channel.has_more()  # the second one is not whole yet
    os.write(theirs.fileno(), raw[10:])
    assert channel.receive() == ["hello"]
    os.write(theirs.fileno(), raw[:3])
    theirs.close()
    assert channel.receive() == []
    with pytest.raises(EOFError):
        channel.receive()
    channel.send("nobody hears it")
    channel.close()


def test_a_message_larger_than_the_pipe_arrives_in_parts() -> None:
    ours, theirs = multiprocessing.Pipe()
    channel, large = Channel(ours), pickle.dumps(b"x" * 3_000_000)
    sender = threading.Thread(target=send, args=(theirs, large))
    sender.start()
    received: list[bytes] = []
    while not received:
        received = channel.receive()
    sender.join()
    assert received == [b"x" * 3_000_000]
    channel.close()
    theirs.close()
