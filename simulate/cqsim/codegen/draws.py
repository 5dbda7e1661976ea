"""Draws of random numbers that depend on nothing but what they are asked for.

The generator is Philox 4x32-10 of J. K. Salmon and others, Parallel Random Numbers: As
Easy as 1, 2, 3 (SC11): a key and a counter in, random bits out, with no state between.
"""

from cqsim.codegen.assembly import Arithmetic

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_WORD = 0xFFFFFFFF
_ONE_BITS = 0x3FF0000000000000


def uniform(a: Arithmetic, key: tuple[str, str], counter: tuple[str, ...]) -> str:
    """Return a number in (0, 1): an odd multiple of 2**-53.

    Parameters
    ----------
    key, counter
        Two and four integers, of which the lower 32 bits count.
    """
    first, second, *_ = philox(a, key, counter)
    high = a.whole("shl", first, a.kind.integer(20))
    mantissa = a.whole("or", high, a.whole("lshr", second, a.kind.integer(12)))
    bits = a.whole("or", mantissa, a.kind.integer(_ONE_BITS))
    below_one = a.subtract(a.from_bits(bits), a.number(1.0))
    return a.add(below_one, a.number(2.0**-53))


def philox(
    a: Arithmetic, key: tuple[str, str], counter: tuple[str, ...]
) -> tuple[str, ...]:
    """Return four words of 32 random bits, each in an integer of 64."""
    word = a.kind.integer(_WORD)
    k = [a.whole("and", part, word) for part in key]
    c = [a.whole("and", part, word) for part in counter]
    for turn in range(_ROUNDS):
        if turn:
            k = [_added(a, part, weyl) for part, weyl in zip(k, _WEYL, strict=True)]
        high, low = [], []
        for part, factor in zip((c[0], c[2]), _MULTIPLIERS, strict=True):
            product = a.whole("mul", part, a.kind.integer(factor))
            high.append(a.whole("lshr", product, a.kind.integer(32)))
            low.append(a.whole("and", product, word))
        left = a.whole("xor", a.whole("xor", high[1], c[1]), k[0])
        right = a.whole("xor", a.whole("xor", high[0], c[3]), k[1])
        c = [left, low[1], right, low[0]]
    return tuple(c)


def _added(a: Arithmetic, x: str, number: int) -> str:
    total = a.whole("add", x, a.kind.integer(number))
    return a.whole("and", total, a.kind.integer(_WORD))
