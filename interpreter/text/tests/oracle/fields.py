"""Cases for `str.format` and `%`, with the same arguments every time: see tests/fields.rs."""
from cases import SIZE, emit, rng, text

ARGUMENTS = ("abc", "\u0101xy\ud800")
KEYWORDS = {"k": "key", "w": "5", "": "empty"}
VALUES = (42, 3.5, "text", -7, 10**20)
PIECES = ["{", "}", "{}", "{0}", "{1}", "{k}", "{:{w}}", "{0!r}", "{!a:>{w}}", "{0[1]}", "{k[0]}", "{{", "}}", "x", "[", "]", "!", ":", ".", "0", "r", "{0.q}", "{0[k]}", "\u0101", "{:{:{}}}",
          "{5}", "{nokey}", "{[0]}", "{0[0][0]}", "{0[9]}", "{0[]}", "{0[0]x}", "{0.}", "{99999999999999999999}", "{!x}", "{0!r:^9}", "{:>\u0665}"]
DIRECTIVES = ["%", "%d", "%5d", "%-6d|", "%+d", "% d", "%06d", "%.3d", "%x", "%#x", "%#X", "%#o", "%08.3f", "%g", "%#g", "%e", "%E", "%.0f", "%#.0f", "%s", "%r", "%a", "%.2s", "%8.2s", "%-8s|",
              "%c", "%5c", "%%", "%5%", "%i", "%u", "%ld", "%*d", "%.*f", "%*.*f", "%-*d|", "%(a)s", "%q", "%\u0101", "%.", "%5", "%+05d", "%+.5d", "%#010x", "% 08.2f", "%-08.2f|", "%.400f", "%.30e", "x", "\u0101"]

for size in (1, 2, 3):
    for _ in range(SIZE * 10):
        s = "".join(rng.choice(PIECES) for _ in range(size))
        emit("format", s, lambda: s.format(*ARGUMENTS, **KEYWORDS))
for _ in range(SIZE * 10):
    s = text(8, "{}{}:!.[]0krw")
    emit("format", s, lambda: s.format(*ARGUMENTS, **KEYWORDS))
for d in DIRECTIVES:
    for value in VALUES:
        emit("percent", d, VALUES.index(value), VALUES.index(value) + 1, lambda: d % (value,))
for _ in range(SIZE * 10):
    s = "".join(rng.choice(DIRECTIVES) for _ in range(rng.randrange(1, 4)))
    n = rng.randrange(len(VALUES))
    emit("percent", s, n, 5, lambda: s % VALUES[n:])
    s = "%" + text(4, "-+ #0123.*") + text(1, "hl") + rng.choice("diuoxXeEfFgGcrsa%")
    emit("percent", s, n, 5, lambda: s % VALUES[n:])
