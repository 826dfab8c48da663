"""What every oracle script shares: `emit` prints one case, `SIZE` says how many random ones to make.

A case is a line of fields between tabs: the operation, its arguments, the result. Texts are written with backslash
escapes, so that a line is ASCII; a raised exception is written as its type and message.
"""
import random
import struct
import sys

SIZE = int(sys.argv[1])
rng = random.Random(int(sys.argv[2]))
sys.stdout.reconfigure(encoding="ascii")


def written(x):
    if isinstance(x, bytes):
        x = x.decode("latin-1")
    if isinstance(x, (list, tuple)):
        return "|".join(map(written, x)) if x else "<empty>"
    return str(x).encode("unicode_escape").decode("ascii")


def emit(operation, *arguments):
    """The last argument is the result, or a function that gives it."""
    *arguments, result = arguments
    if callable(result):
        try:
            result = result()
        except Exception as e:
            result = f"{type(e).__name__}: {e}"
    print("\t".join([operation, *map(written, arguments), written(result)]))


INTERESTING = (
    "abcXYZ019 _-+.,'\"\\\t\n\r\x00\x0b\x0c\x1c\x1f\x7f\x80\x85\xa0\xad\xb2\xb5\xbc\xdf\xe9\xff\u0130\u0131\u0149\u01c5"
    "\u01f0\u02b0\u0300\u0345\u0390\u03a3\u03c2\u03c3\u0660\u0669\u0bf0\u1e9e\u1f88\u2028\u2029\u2160\u2170\u24b6\u3000"
    "\u4e00\ufb03\ufeff\uff11\ud800\udfff\U00010400\U0001d7ce\U0001f600\U000e0100\U0010ffff"
)


def text(most=12, alphabet=INTERESTING):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(most + 1)))


def some_float():
    kind = rng.randrange(4)
    if kind == 0:
        return struct.unpack("<d", rng.randbytes(8))[0]
    if kind == 1:
        return rng.uniform(-1000, 1000)
    if kind == 2:
        return rng.randrange(-10**6, 10**6) / rng.choice([1, 2, 4, 8, 10, 100, 1000])
    return float(rng.randrange(10**25)) * 10.0 ** rng.randrange(-30, 30)
