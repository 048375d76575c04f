"""A range coder of yes and no, each of a given probability, whose code ends in as few bytes as it can."""

from __future__ import annotations

PROBABILITY_BITS = 16
_WORD = 32
_MASK = (1 << _WORD) - 1
_LEAST_RANGE = 1 << 24


class BinaryEncoder:
    """Codes bits into bytes."""

    def __init__(self) -> None:
        self._code = bytearray()
        self._low, self._range = 0, _MASK

    def code(self, bit: bool, probability: int) -> bool:
        """Code a bit that is set with `probability` in 65,536, 1 to 65,535, and return it."""
        bound = (self._range >> PROBABILITY_BITS) * probability
        if bit:
            self._range = bound
        else:
            self._low += bound
            self._range -= bound
        self._carry()
        while self._range < _LEAST_RANGE:
            self._code.append(self._low >> _WORD - 8)
            self._low = self._low << 8 & _MASK
            self._range <<= 8
        return bit

    def _carry(self) -> None:
        if self._low > _MASK:
            self._low &= _MASK
            position = len(self._code) - 1
            while self._code[position] == 0xFF:
                self._code[position] = 0
                position -= 1
            self._code[position] += 1

    def finish(self) -> bytes:
        """The shortest code of all bits so far: behind its end, a decoder reads zeros."""
        end = self._low + self._range
        for size in range(_WORD // 8 + 1):
            unit = 1 << _WORD - 8 * size
            rounded = -(-self._low // unit) * unit
            if rounded < end:
                self._low = rounded
                self._carry()
                self._code += self._low.to_bytes(_WORD // 8, "big")[:size]
                break
        return bytes(self._code).rstrip(b"\0")


class BinaryDecoder:
    """Reads the bits of a code."""

    def __init__(self, code: bytes) -> None:
        self._code = code
        self._position = _WORD // 8
        self._value = int.from_bytes(code[: self._position].ljust(self._position, b"\0"), "big")
        self._range = _MASK

    def code(self, _: bool, probability: int) -> bool:
        """The next bit, which is set with that probability; called as the encoder's, it heeds no bit."""
        bound = (self._range >> PROBABILITY_BITS) * probability
        bit = self._value < bound
        if bit:
            self._range = bound
        else:
            self._value -= bound
            self._range -= bound
        while self._range < _LEAST_RANGE:
            following = self._code[self._position] if self._position < len(self._code) else 0
            self._value = (self._value << 8 | following) & _MASK
            self._range <<= 8
            self._position += 1
        return bit

    @property
    def overlong(self) -> bool:
        """Whether the code has bytes that no bit needed."""
        return self._position < len(self._code)
