"""Cases for the methods of str and bytes."""
from cases import SIZE, INTERESTING, emit, rng, text

TESTS = "isalpha isalnum isdecimal isdigit isnumeric isspace isprintable islower isupper istitle isidentifier".split()
CASES = "upper lower title capitalize swapcase casefold".split()
BYTES_TESTS = "isalpha isalnum isdigit isspace islower isupper istitle".split()
BYTES_CASES = "upper lower title capitalize swapcase".split()


def one_text(s):
    for name in TESTS:
        emit(name, s, getattr(s, name)())
    for name in CASES:
        emit(name, s, getattr(s, name)())
    emit("repr", s, repr(s))
    emit("ascii", s, ascii(s))
    for n in (None, 0, 1, 2):
        emit("split", s, n, s.split(maxsplit=-1 if n is None else n))
        emit("rsplit", s, n, s.rsplit(maxsplit=-1 if n is None else n))
    for keepends in (False, True):
        emit("splitlines", s, keepends, s.splitlines(keepends))
    for name in ("strip", "lstrip", "rstrip"):
        emit(name, s, getattr(s, name)())
    width = rng.randrange(15)
    fill = rng.choice(INTERESTING)
    for name in ("center", "ljust", "rjust"):
        emit(name, s, width, fill, getattr(s, name)(width, fill))
    emit("zfill", s, width, s.zfill(width))
    emit("expandtabs", s, width - 3, s.expandtabs(width - 3))


def two_texts(s, t, new):
    emit("find", s, t, s.find(t))
    emit("rfind", s, t, s.rfind(t))
    emit("count", s, t, s.count(t))
    emit("startswith", s, t, s.startswith(t))
    emit("endswith", s, t, s.endswith(t))
    emit("removeprefix", s, t, s.removeprefix(t))
    emit("removesuffix", s, t, s.removesuffix(t))
    for name in ("strip", "lstrip", "rstrip"):
        emit(name + "_set", s, t, getattr(s, name)(t))
    for n in (None, 0, 1, 2):
        limit = -1 if n is None else n
        emit("replace", s, t, new, n, s.replace(t, new, limit))
        if t:
            emit("split_by", s, t, n, s.split(t, limit))
            emit("rsplit_by", s, t, n, s.rsplit(t, limit))
    if t:
        emit("partition", s, t, s.partition(t))
        emit("rpartition", s, t, s.rpartition(t))


def one_bytes(b):
    for name in BYTES_TESTS:
        emit("bytes." + name, b, getattr(b, name)())
    for name in BYTES_CASES:
        emit("bytes." + name, b, getattr(b, name)())
    emit("bytes.repr", b, repr(b))
    for n in (None, 0, 1, 2):
        emit("bytes.split", b, n, b.split(maxsplit=-1 if n is None else n))
        emit("bytes.rsplit", b, n, b.rsplit(maxsplit=-1 if n is None else n))
    for keepends in (False, True):
        emit("bytes.splitlines", b, keepends, b.splitlines(keepends))
    for name in ("strip", "lstrip", "rstrip"):
        emit("bytes." + name, b, getattr(b, name)())
    for n in (None, 0, 1, 2):
        old, new = b[:n and n - 1], b"--"
        emit("bytes.replace", b, old, new, n, b.replace(old, new, -1 if n is None else n))


for s in ("", "\u03a3", "A\u03a3", "A\u03a3 B", "\u03a3A", "A.\u03a3", "A\u03a3.b", "stra\u00dfe", "\ufb03x", "it's \"x\"", "a\r\nb\rc\n"):
    one_text(s)
ASCII = "aB1 \t\n\r,'\"\\"
for _ in range(SIZE):
    one_text(text())
    one_text(text(alphabet=ASCII))
    for alphabet in ("ab", "a\u0101", "a\xe9\u0101", "a\U0001f600", "\u0101\U0001f600", "\u0101\u0102"):
        two_texts(text(10, alphabet), text(3, alphabet), text(3, "-\xff\u0100\U00010000"))
    one_bytes(bytes(rng.choice(b"aZ09 \t\n\r\x0b\x0c\x1c\x00'\"\\\x7f\x80\xff\xe9") for _ in range(rng.randrange(10))))
