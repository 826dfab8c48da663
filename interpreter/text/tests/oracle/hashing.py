"""Cases for hashes under fixed seeds, and for the Mersenne Twister."""
import subprocess
import sys
from cases import SIZE, emit, rng, text
import random

TEXTS = ["", "a", "abc", "1234567", "12345678", "123456789", "\xe9t\xe9", "\u0101", "\u0101bcd", "\u0101bcde", "\U0001f600", "\U0001f600ab", "\ud800x", "x" * 100] + [text(30) for _ in range(SIZE)]
PROGRAM = "import ast, sys\nfor line in sys.stdin: print(hash(ast.literal_eval(line)))"


def under_seed(seed, values):
    lines = "\n".join(map(ascii, values))
    run = subprocess.run([sys.executable, "-c", PROGRAM], input=lines, env={"PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True)
    return run.stdout.split()


for seed in (0, 1, 42, 4294967295):
    for value, expected in zip(TEXTS, under_seed(seed, TEXTS)):
        emit("str_hash", seed, value, expected)
    narrow = [value.encode("latin-1", "replace") for value in TEXTS]
    for value, expected in zip(narrow, under_seed(seed, narrow)):
        emit("bytes_hash", seed, value, expected)
for _ in range(SIZE * 5):
    members = [rng.randrange(-(2**rng.randrange(1, 60)), 2**rng.randrange(1, 60)) for _ in range(rng.randrange(8))]
    emit("tuple_hash", " ".join(map(str, map(hash, members))), hash(tuple(members)))
    members = set(members)
    emit("frozenset_hash", " ".join(map(str, map(hash, members))), hash(frozenset(members)))
for seed in [0, 1, -5, 2**31, 2**32, 2**64 - 1, 2**100, 10**300, 10**6100 % 2**20000, "", "toy", b"toy", "\xe9\u0101", "x" * 200]:
    r = random.Random(seed)
    if isinstance(seed, int):
        operation, shown = "seed_int", hex(abs(seed))
    else:
        operation, shown = "seed_bytes", seed if isinstance(seed, bytes) else seed.encode()
    drawn = [r.random().hex() for _ in range(3)] + [r.getrandbits(k) for k in (1, 5, 31, 32, 33, 63, 64)]
    drawn += [r.getrandbits(k) for k in (65, 96, 100, 1000)] + [r._randbelow(n) for n in (1, 2, 7, 1000, 2**40, 2**63)]
    drawn += [r._randbelow(n) for n in (2**64 + 1, 3**100)]
    for _ in range(700):
        r.getrandbits(32)
    state = r.getstate()[1]  # before the last draw
    emit(operation, shown, [*drawn, r.random().hex(), state[0], state[623], state[624]])
