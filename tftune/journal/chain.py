"""The chain of a journal: the checksum of a line covers the checksum of the line before it, too. A
line that was altered, removed, doubled, inserted or put in another's place is found so.

    checksum(n) = CRC-32(text(n), started from checksum(n - 1)),    checksum(0) = 0

CRC-32 with a fixed text maps different starts to different sums, so a line in a wrong place always
shows, unless the two lines before have the same checksum. Until version 0.6 a line's checksum
(`crc`) covered that line alone; such a journal is read, and what is added to it is chained.

Example:
    >>> chain = Chain()
    >>> first, second = chain.sealed(b'{"kind":"a"}'), chain.sealed(b'{"kind":"b"}')
    >>> first
    b'{"kind":"a","chain":"f87f4e9d"}'
    >>> Chain().text_of(second)
    Traceback (most recent call last):
    ValueError: it is damaged, or a line before it is missing, added or in another place
"""

from __future__ import annotations

import zlib

_CHAINED, _ALONE = b',"chain":"', b',"crc":"'  # what stands before the checksum
_CHECKSUM = len('00000000"}')
_END = len(_CHAINED) + _CHECKSUM


class Chain:
    """Where a reader or the writer of a journal stands in its chain.

    Attributes:
        has_begun: Whether a line was chained, as all later ones then are.
    """

    __slots__ = ("_last", "has_begun")

    def __init__(self) -> None:
        self._last = 0
        self.has_begun = False

    def copy(self) -> Chain:
        """Returns another one at the same place."""
        other = Chain()
        other._last, other.has_begun = self._last, self.has_begun
        return other

    def sealed(self, text: bytes) -> bytes:
        """Returns the line of a JSON object, and moves behind it.

        Args:
            text: The object, without white space at its end.
        """
        self._last, self.has_begun = zlib.crc32(text, self._last), True
        return b'%b,"chain":"%08x"}' % (text[:-1], self._last)

    def text_of(self, line: bytes) -> bytes:
        """Returns the JSON object of the next line, without its checksum, and moves behind it.

        Raises:
            ValueError: If the line is not the next one, or is damaged; the place is then unchanged.
        """
        text = line[:-_END] + b"}"
        checksum = zlib.crc32(text, self._last)
        if line[-_END:] == b',"chain":"%08x"}' % checksum:
            self._last, self.has_begun = checksum, True
            return text
        return self._text_of_older(line)

    def _text_of_older(self, line: bytes) -> bytes:
        kept, told = line[:-_CHECKSUM], line[-_CHECKSUM:]
        is_chained = kept.endswith(_CHAINED)
        if is_chained:
            raise ValueError(
                "it is damaged, or a line before it is missing, added or in another place"
            )
        if self.has_begun or not kept.endswith(_ALONE):
            raise ValueError("it has no checksum of its own form")
        text = kept[: -len(_ALONE)] + b"}"
        checksum = zlib.crc32(text)
        if told != b'%08x"}' % checksum:
            raise ValueError("it fails its checksum")
        self._last = checksum
        return text
