"""Cases for the format mini-language."""
from cases import SIZE, emit, rng, some_float

CODES = ["", *"bcdoxXneEfFgG%s", "q", "\u1234", "\x01", "xx"]


def some_spec():
    pick = lambda *options: rng.choice(options)
    return (pick("", "", "<", ">", "^", "=", "*<", "0>", "\u0101^", "x=", "<<") + pick("", "", "+", "-", " ") + pick("", "", "", "z")
            + pick("", "", "#") + pick("", "", "0") + pick("", "", "5", "12", "25", "\u0663") + pick("", "", "", ",", "_", "_,", ",_")
            + pick("", "", ".0", ".1", ".3", ".10", ".20", ".", ".60") + rng.choice(CODES))


def one(v, spec):
    kind = type(v).__name__
    emit("format_" + kind, repr(v) if kind == "float" else v, spec, lambda: format(v, spec))


for spec in ("", "99999999999999999999", ".99999999999999999999", ".9999999999"):
    for v in (1, 1.5, "a"):
        one(v, spec)
for _ in range(SIZE * 10):
    one(rng.choice([0, 1, -1, 12, 65, 255, -1234, 1234567, 2**40, 0x10ffff, 0x110000, 10**30, -(10**21), 10**309]), some_spec())
    one(rng.choice([some_float(), some_float(), 0.0, -0.0, 1.0, 1e16, -0.001, 1e22, float("inf"), float("nan"), float("-inf"), 0.5, 2.5, 12345.678]), some_spec())
    one(rng.choice(["", "a", "abc", "\u0101bc", "\U0001f600"]), some_spec())
