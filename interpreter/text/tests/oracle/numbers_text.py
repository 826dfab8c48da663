"""Cases for numbers from and to text."""
import math
from cases import SIZE, emit, rng, some_float, text

SPECIAL = [
    0.0, -0.0, 1.0, -1.5, 0.1, 0.5, 1.5, 2.5, 1e15, 1e16, 1e17, 123456789012345680.0, 1e22, 1e23, 9.999999999999999e22,
    0.0001, 0.00001, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 2.0**-44,
    2.0**53, 2.0**63, 2.0**64, 9007199254740993.0, float("inf"), float("-inf"), float("nan"), 0.15, 2.675, 1.005, 5e15,
    25.0, 35.0, 150.0, 250.0, 1e308, 4.35, 0.045, 99.5, 999.5, 9.5, 0.95, 1234567.0, 12345678.9,
]


def one_float(x):
    emit("float_repr", x.hex(), repr(x))
    emit("float_hex", repr(x), x.hex())
    n = rng.choice([0, 1, 2, 3, 5, 10, 17, -1, -2, -3, -5, -20, 400, -400])
    emit("round", repr(x), n, lambda: repr(round(x, n)))
    if math.isfinite(x):
        emit("ratio", repr(x), [hex(n) for n in x.as_integer_ratio()])
        emit("trunc", repr(x), hex(int(x)))
    if not math.isnan(x):
        emit("float_hash", repr(x), hash(x))


def one_int(n):
    for base in (2, 8, 10, 16):
        emit("to_base", n, base, format(n, {2: "b", 8: "o", 10: "d", 16: "x"}[base]))
    emit("int_hash", n, hash(n))
    emit("int_to_float", n, lambda: repr(float(n)))


for x in SPECIAL:
    one_float(x)
for n in (0, 1, -1, 2**61 - 1, 2**61 - 2, -(2**61), 2**62, 2**63 - 1, -(2**63), 2**63, 2**64, 10**100, -(10**50), 2**1024 - 1, 2**1023, 2**1024 - 2**970, 2**1024 - 2**970 - 1):
    one_int(n)
INTS = ["0", "00", "0_0", "01", "0x1F", "0X_1f", "0b101", "0o17", "0b2", "0x", "1_000", "1__0", "_1", "1_", "", " ", "+", "-", "+-1",
        " \t12\n ", "\x1c1", "\xa012\u3000", "\u0661\u0662", "\uff11_2", "1\x00", "z", "Zz", "-0x_ff", "- 1", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1" * 640, "1" * 4300, "1" * 4301, "1_" * 4301 + "1", "0x" + "f" * 5000, "\ud800"]
for s in INTS:
    for base in (10, 0, 2, 8, 16, 36, 1, 37, -1):
        emit("int", s, base, lambda: hex(int(s, base)))
FLOATS = ["1", "1.", ".5", ".", "1e5", "1e", "1e+", "e5", "1.5E-3", "inf", "-Infinity", "+nan", "infinit", "nan(1)", "1_0.5", "1_.5", "1._5",
          "_1", "1_", "1e1_0", "1e_1", "1__0", " 1.5\n", "\x1c1", "\u3000\u0661.\u0665\xa0", "0x10", "1,5", "", "+", "1e400", "1e-400", "\xb2",
          "2.4703282292062327e-324", "2.4703282292062328e-324", "1e23", "9007199254740993", "0." + "0" * 400 + "1e400", "1d5", "1 2", "1\x00"]
for s in FLOATS:
    emit("float", s, lambda: repr(float(s)))
HEXES = ["0x1p0", "1", "-0x.8p1", "0x1.8", "0x1.", "0x.", "0x", "", "p5", "1p", "1p+5", " 0x1P-3\n", "inf", "-Infinity", "nan", "0x1.fffffffffffff8p0",
         "0x1.fffffffffffff7p0", "0x1p1024", "0x1.fffffffffffffp1023", "0x1.fffffffffffff8p1023", "0x1.fffffffffffff7p1023", "0x1p-1074", "0x1p-1075", "0x1.8p-1075",
         "0x1.0000000000001p-1075", "0x0.8p-1074", "0x3p-1075", "0x1p99999999999999999999", "0x0p99999999999999999999", "0x1p-99999999999999999999", "0x123456789abcdef0123456789p-30",
         "0x10000000000000800000000000000000001p0", "0x1000000000000080000000000000000000p0", "0x1g", "0x-1", "--1", "0x1p0x", "1.2.3"]
for s in HEXES:
    emit("fromhex", s, lambda: repr(float.fromhex(s)))
for _ in range(SIZE):
    one_float(some_float())
    one_int(rng.randrange(-(2**rng.randrange(1, 300)), 2**rng.randrange(1, 300)))
    s = text(8, "0019ab_xb. +-e")
    emit("int", s, 0, lambda: hex(int(s, 0)))
    emit("int", s, 16, lambda: hex(int(s, 16)))
    emit("float", s, lambda: repr(float(s)))
    digits = text(30, "0123456789") + "." + text(30, "0123456789") + "e" + str(rng.randrange(-330, 310))
    emit("float", digits, lambda: repr(float(digits)))
    h = f"0x{text(20, '0123456789abcdef')}.{text(20, '08f')}p{rng.randrange(-1200, 1100)}"
    emit("fromhex", h, lambda: repr(float.fromhex(h)))
