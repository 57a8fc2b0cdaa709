"""The chain of a journal: the checksum of a line covers the checksum of the line before it, too. A
line that was altered, removed, doubled, inserted or put in another's place is found so.

    checksum(n) = CRC-32(text(n), started from checksum(n - 1)),    checksum(0) = 0

CRC-32 with a fixed text maps different starts to different sums, so a line in a wrong place always
shows, unless the two lines before have the same checksum. Until version 0.6 a line's checksum
(`crc`) covered that line alone; such a journal is read, and what is added to it is chained.

Example:
    >>> chain = Chain()
    >>> first, second = chain.sealed('{"kind":"a"}'), chain.sealed('{"kind":"b"}')
    >>> first
    '{"kind":"a","chain":"f87f4e9d"}'
    >>> Chain().text_of(second.encode())
    Traceback (most recent call last):
    ValueError: it is damaged, or a line before it is missing, added or in another place
"""

from __future__ import annotations

import zlib

_CHAINED, _ALONE = b',"chain":"', b',"crc":"'  # what stands before the checksum
_CHECKSUM = len('00000000"}')


class Chain:
    """Where a reader or the writer of a journal stands in its chain.

    Attributes:
        has_begun: Whether a line was chained, as all later ones then are.
    """

    def __init__(self) -> None:
        self._last = 0
        self.has_begun = False

    def sealed(self, text: str) -> str:
        """Returns the line of a JSON object, and moves behind it.

        Args:
            text: The object, without white space at its end.
        """
        self._last, self.has_begun = zlib.crc32(text.encode(), self._last), True
        return f'{text[:-1]}{_CHAINED.decode()}{self._last:08x}"}}'

    def text_of(self, line: bytes) -> bytes:
        """Returns the JSON object of the next line, without its checksum, and moves behind it.

        Raises:
            ValueError: If the line is not the next one, or is damaged; the place is then unchanged.
        """
        kept, told = line[:-_CHECKSUM], line[-_CHECKSUM:]
        is_chained = kept.endswith(_CHAINED)
        if not is_chained and (self.has_begun or not kept.endswith(_ALONE)):
            raise ValueError("it has no checksum of its own form")
        text = kept[: -len(_CHAINED if is_chained else _ALONE)] + b"}"
        checksum = zlib.crc32(text, self._last if is_chained else 0)
        if told != b'%08x"}' % checksum:
            raise ValueError(
                "it is damaged, or a line before it is missing, added or in another place"
                if is_chained
                else "it fails its checksum"
            )
        self._last, self.has_begun = checksum, is_chained
        return text
