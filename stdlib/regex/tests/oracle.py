"""The same questions as examples/oracle.rs answers, put to python3's re, and a generator of random ones.

oracle.py answer            reads questions, writes answers
oracle.py random SEED N     writes N random questions
"""
import random
import re
import signal
import sys
import warnings

warnings.simplefilter("ignore")


class TooSlow(Exception):
    """The pattern backtracks for too long; the question is dropped."""


def give_up(*_):
    raise TooSlow


def rust_option(value):
    return "None" if value is None else f"Some({value})"


def escape_default(text):
    """What Rust's str::escape_default gives."""
    out = []
    for c in text:
        if c in "\\'\"":
            out.append("\\" + c)
        elif c in "\t\r\n":
            out.append({"\t": "\\t", "\r": "\\r", "\n": "\\n"}[c])
        elif " " <= c <= "~":
            out.append(c)
        else:
            out.append("\\u{%x}" % (ord(c) if not 0xD800 <= ord(c) < 0xE000 else 0xFFFD))
    return "".join(out)


def show_error(exc):
    places = [getattr(exc, name, None) for name in ("pos", "lineno", "colno")]
    kind = type(exc).__name__
    return escape_default(f"{kind}: {exc} ({', '.join(map(rust_option, places))})")


def show_match(m, groups):
    spans = [m.span(i) for i in range(groups + 1)]
    shown = "".join("None " if s == (-1, -1) else f"{s[0]}-{s[1]} " for s in spans)
    return f"{shown}/{m.lastindex or 0}; "


def show_template(template, pattern):
    groups, literals = re._parser.parse_template(template, pattern)
    indexes = dict(groups)
    shown = []
    for i, literal in enumerate(literals):
        if literal is None:
            shown.append(str(indexes[i]))
        else:
            shown.append("[" + ", ".join(str(c if isinstance(c, int) else ord(c)) for c in literal) + "]")
    return " ".join(shown)


def answer(line):
    kind, flags, mode, pos, endpos, pattern, text = line.rstrip("\n").split("\t")
    pattern = [int(c) for c in pattern.split(",") if c]
    text = [int(c) for c in text.split(",") if c]
    make = bytes if kind == "b" else lambda codes: "".join(map(chr, codes))
    try:
        compiled = re.compile(make(pattern), int(flags))
    except (re.error, OverflowError, RecursionError, ValueError) as exc:
        return show_error(exc)
    finally:
        re.purge()
    pos, endpos = int(pos), int(endpos)
    if mode == "template":
        try:
            return show_template(make(text), compiled)
        except (re.error, IndexError) as exc:
            return show_error(exc)
    if mode == "info":
        names = ", ".join(f'("{k}", {v})' for k, v in compiled.groupindex.items())
        return f"{compiled.groups} [{names}] {compiled.flags}"
    if mode == "all":
        found = compiled.finditer(make(text), pos, endpos)
    else:
        found = [m for m in [getattr(compiled, mode)(make(text), pos, endpos)] if m]
    return "".join(show_match(m, compiled.groups) for m in found)


def answers():
    signal.signal(signal.SIGALRM, give_up)
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, 2)
        try:
            print(answer(line))
        except TooSlow:
            print("TooSlow")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


class Maker:
    """Makes random patterns that mostly compile, and texts that they may match.

    Left out is what CPython 3.11 gets wrong, because it does not put all marks back when it backtracks: groups in a
    possessive loop, and conditions on a group that is still open.
    """

    def __init__(self, rng, kind):
        self.rng = rng
        self.kind = kind
        self.closed = []
        self.groups = 0
        self.possessive = 0
        self.letters = "aabbc" if rng.random() < 0.7 else "abcAB1_ -\n"
        if kind == "s" and rng.random() < 0.15:
            self.letters += rng.choice(["éÉ", "ſsSK\u212ak", "İiıI", "\u0345ιΙ\u1fbe", "µμΜ", "𐐀𐐨", "你好", "ǅǄǆ", "٣x"])

    def pattern(self, depth):
        rng = self.rng
        return "|".join(self.sequence(depth) for _ in range(rng.choice([1, 1, 1, 1, 2, 2, 3])))

    def sequence(self, depth):
        return "".join(self.item(depth) for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3])))

    def item(self, depth):
        rng = self.rng
        wrapped = rng.random() < 0.3
        quantifier = self.quantifier() if wrapped else ""
        loops = wrapped and quantifier.endswith("+") and len(quantifier) > 1
        self.possessive += loops
        atom = self.atom(depth)
        self.possessive -= loops
        return atom + quantifier

    def quantifier(self):
        rng = self.rng
        base = rng.choice(["*", "+", "?", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0,3}", "{3}", "{0}", "{1}"])
        return base + rng.choice(["", "", "", "?", "?", "+"])

    def atom(self, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.5:
            return self.leaf()
        kind = rng.choice(["capture"] * 4 + ["plain"] * 3 + ["look", "look", "behind", "atomic", "cond", "flags", "named"])
        if self.possessive and kind in ("capture", "named"):
            kind = "plain"
        if kind in ("capture", "named"):
            self.groups += 1
            number = self.groups
            inner = self.pattern(depth - 1)
            self.closed.append(number)
            return f"(?P<g{number}>{inner})" if kind == "named" else f"({inner})"
        if kind == "look":
            return f"(?{rng.choice('=!')}{self.pattern(depth - 1)})"
        if kind == "behind":
            if rng.random() < 0.7:
                return f"(?<{rng.choice('=!')}{''.join(self.leaf() for _ in range(rng.choice([0, 1, 1, 2])))})"
            return f"(?<{rng.choice('=!')}{self.pattern(depth - 1)})"
        if kind == "atomic":
            return f"(?>{self.pattern(depth - 1)})"
        if kind == "cond" and self.closed:
            group = rng.choice(self.closed)
            no = "|" + self.sequence(depth - 1) if rng.random() < 0.6 else ""
            return f"(?({group}){self.sequence(depth - 1)}{no})"
        if kind == "flags":
            flags = rng.choice(["i", "s", "m", "x", "-i", "i-s", "a", "im", "-m"])
            return f"(?{flags}:{self.pattern(depth - 1)})"
        return f"(?:{self.pattern(depth - 1)})"

    def leaf(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.55:
            c = rng.choice(self.letters)
            return "\\" + c if c in "-\n " else c
        if roll < 0.65:
            return "."
        if roll < 0.77:
            return rng.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z", r"\w", r"\W", r"\d", r"\s", r"\S", r"\D"])
        if roll < 0.85 and self.closed:
            return f"\\{rng.choice(self.closed)}"
        return self.set()

    def set(self):
        rng = self.rng
        inner = ""
        for _ in range(rng.randint(1, 3)):
            a, b = sorted([rng.choice(self.letters), rng.choice(self.letters)])
            esc = lambda c: "\\" + c if c in "-\n" else c
            inner += rng.choice([esc(a), esc(a), f"{esc(a)}-{esc(b)}", r"\w", r"\d", r"\W", r"\s"])
        return f"[{rng.choice(['', '', '^'])}{inner}]"

    def text(self):
        return "".join(self.rng.choice(self.letters) for _ in range(self.rng.choice([0, 1, 2, 4, 6, 9, 14, 40])))

    def broken(self, pattern):
        """The pattern with a little damage, for the errors."""
        rng = self.rng
        chars = list(pattern)
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(0, len(chars))
            if rng.random() < 0.4 and chars:
                del chars[min(at, len(chars) - 1)]
            else:
                chars.insert(at, rng.choice(list("()[]{}?*+|\\^$-<>=!:PxuUN0189,1iLaumst#&~ \n") + ["(?", "(?P<", "(?P=", "(?(", "\\x4", "\\g", "{1,2}", "(?i)", "(?x)", "[[", "\\8", "(?-", "(?P<a>", "(?#"]))
        return "".join(chars)


def random_template(rng, groups):
    parts = ["a", "b", "\\\\", "\\n", "\\1", "\\2", "\\0", "\\07", "\\101", "\\400", "\\g<0>", "\\g<1>", "\\g<g1>", "\\g<", "\\g<a", "\\g<>", "\\g<-1>",
             "\\g<1a>", "\\8", "\\18", "\\q", "\\", "\\.", "\\b", "é", "\\x", "\\g<+1>", "\\g<01>", "\\g< 1>", "\\g<1_0>", "\\g<g2>", "\\11", "1"]
    return "".join(rng.choice(parts) for _ in range(rng.randint(1, 4)))


def question(rng):
    kind = rng.choice("sssb")
    maker = Maker(rng, kind)
    pattern = maker.pattern(rng.choice([1, 2, 2, 3, 3, 4]))
    mode = rng.choice(["match", "fullmatch", "search", "all", "all"])
    text = maker.text()
    flags = 0
    for flag in (re.I, re.M, re.S, re.X, re.A):
        if rng.random() < 0.12:
            flags |= flag
    if kind == "b" and not flags & re.A and rng.random() < 0.1:
        flags |= re.L
    roll = rng.random()
    if roll < 0.12:
        pattern = maker.broken(pattern)
        mode = rng.choice(["info", "all"])
        if rng.random() < 0.05:
            flags |= rng.choice([re.U, re.L, re.A | re.U])
    elif roll < 0.16:
        mode, text = "template", random_template(rng, maker.groups)
    if kind == "b":
        pattern = pattern.encode("latin-1", "replace").decode("latin-1")
        text = text.encode("latin-1", "replace").decode("latin-1")
    pos = rng.randint(0, 3) if rng.random() < 0.15 else 0
    endpos = max(pos, rng.randint(0, 12)) if rng.random() < 0.15 else 1 << 40
    codes = [",".join(str(ord(c)) for c in part) for part in (pattern, text)]
    return "\t".join([kind, str(int(flags)), mode, str(pos), str(endpos), *codes])


def main():
    if sys.argv[1] == "answer":
        answers()
    else:
        rng = random.Random(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            print(question(rng))


main()
