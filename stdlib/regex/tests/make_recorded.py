"""Writes recorded.txt: patterns and texts with python3's answers. python3 make_recorded.py > recorded.txt"""
import os
import re
import subprocess
import sys

# (patterns, texts, flags): every pattern meets every text.
GROUPS = [
    (["", "a", "ab", "a|b", "a|ab", "(a|ab)(c|bcd)(d*)", "(a+|b)*", "(a+|b){0,}", "(a*)*", "(a*)+", "(a|)*b", "(?:a|ab)(?:c|bcd)",
      "(a)|b", "(a)|(b)|(c)", "((a)(b))", "((a)|(b))*", "(?P<x>a)(?P<y>b)?", "a{2}", "a{2,}", "a{,2}", "a{1,2}?", "a{", "a{1", "a{,", "a{}", "x{2}{",
      "(ab|cd)e", "(?:ab)+?b", "[ab]+", "[^ab]", "a??", "a*?b", "(a*?)(a*)", "(?:(a)|b)*", "(?:(a)|(b)|c)+", "(a?)*?b", "(?:a?)*?b"],
     ["", "a", "b", "ab", "abcd", "aaab", "ababab", "cab", "xxaaxx", "a{", "abacab"], 0),
    ([r"\bfoo\b", r"\Bo", r"\b", r"\B", r"^", r"$", r"\A", r"\Z", r"^foo$", r"o$", r"^f", r"(?m)^f", r"(?m)o$", r"(?m)^$", r"\Afoo\Z", r"$\n?"],
     ["", "foo", "foo\n", "a foo b", "foo\nfoo", "\n", "foofoo", "foo\n\nfoo\n"], 0),
    ([r"(?=a)", r"(?!a)", r"a(?=b)", r"a(?!b)", r"(?<=a)b", r"(?<!a)b", r"(?<=(a))b", r"(?=(a+))a*b\1", r"(?=(a+))", r"(?<=^)a", r"(?<=\b)a", r"(?<=ab|cd)e",
      r"(?<=a{2})b", r"(?<!^)b", r"(?=.*b)a+", r"(?!.*c)ab", r"(?:(?=(a))a)+", r"(?:(?!b)(.))*", r"(?<=(?=b)b)", r"(?<=x*)a", r"(?<=a|bc)d", r"(?<=\1)(a)"],
     ["", "a", "b", "ab", "aab", "aaab", "aaba", "cde", "cab", "bb"], 0),
    ([r"(a)\1", r"(a|b)\1", r"(?P<n>\w)(?P=n)", r"(a*)\1", r"(a)?(?(1)b|c)", r"(?P<q>')?x(?(q)')", r"(<)?a(?(1)>)", r"(?i)(a)\1", r"(\w+) \1", r"(a)(b)?\2", r"(?:(a)|b)\1", r"((a)|b)+\2"],
     ["aa", "ab", "bb", "aA", "c", "b", "'x'", "'x", "<a>", "a", "<a", "the the", "aab", "aaaa"], 0),
    ([r"a++b", r"a*+a", r"a?+a", r"a{1,2}+a", r"(?>a+)b", r"(?>a|ab)c", r"(?>a+)a", r"(?:ab)++c", r"(?:ab|a)*+b", r"(?>(a+))b", r"(?:a|ab){2}+c", r"(?>a*?)b", r"x*+x"],
     ["aab", "aaa", "abc", "ab", "ababc", "a", "", "abac"], 0),
    ([r"(?i)abc", r"(?i:a)bc", r"(?-i:a)bc", r"(?s).", r"(?s:.)a", r"(?x) a b # c", r"(?x: a b )c", r"(?a)\w", r"(?u)\w", r"(?a:\w)\w", r"(?im)^B", r"[^\W\d_]+", r"(?i)[a-c]+", r"(?i)[^a]", r"(?i)k", r"(?i)ſ", r"(?i)[i]", r"(?i)µ", r"(?i)[\u03b9]", r"\d+", r"\s+", r"\w+"],
     ["abc", "ABC", "aBc", "\na", "ab", "abC", "é", "a\nb", "K\u212ak", "sSſ", "iIİı", "μµΜ", "ιΙ\u0345\u1fbe", "٣4 x\u00a0\u2003_", "\U00010400\U00010428"], 0),
    ([r"ab", r"[a-c]", r"\w+", r".", r"^b", r"[^b]"], ["AB", "aB\nb", "é", "\n"], re.I | re.M),
    ([r" a b ", "a # x\n b", "a\\ b", "[ ]a", "a (?# x) b", "(?:a b)*"], ["ab", "a b", " a", "abab"], re.X),
    ([r"\w", r"\W", r"[^\w]", r"a", r"\s", r"é", "É"], ["aé", "\u00a0", "É", "A"], re.A | re.I),
]
BYTES = [([r"\w+", r"[\x80-\xff]", r"(?i)\xe9", r"[^a]", r".", r"\s", r"(?L)\w", r"(?i)A", "\xe9"], ["ab\xe9", "\xc9", "\n", "A", "\x85\xa0"], 0),
         ([r"a", r"[a-z]", r"[^a]", r"\w"], ["A", "a", "\xe9"], re.I | re.L)]
ERRORS = r"""* ? + ** a** a*+* a++? a{2}{3} a{2}* ( ) (a a) (?:a (?=a (?P<n>a [ [a [^ [] [^] [a-] [z-a] [\w-a] [a-\w] [a-\d] \ \q \8 \1 (\1) (a)\2 (a\1) \x \x4 \xg \u12
\U0001 \U00110000 \U0010ffff \N \N{ \N{} \N{x} \400 \0400 \777 [\400] [\8] [\q] [\x] [\b] (? (?P (?P< (?P<> (?P<a (?P<1>a) (?P<a-b>a) (?P<a>b)(?P<a>c) (?P=a) (?P= (?P=a
(?P=1) (?Px) (?<x) (?< (?<a>b) (?x (?(1)a) (?(0)a) (?(x)a) (?(1)a|b|c) (a)(?(1)b|c|d) (?(-1)a) (?( (?() (?(1 (?(1a)b) (?#a (?z) (?i (?i- (?i-) (?-i) (?-) (?-: (?i-i:a) (?L)a (?au)a
(?-a:b) (?-u:b) (?t:a) (?t)a (?t)a* (?-t:a) a(?i)b (?i)a(?i)b |(?i)a (?:(?i)a) (?i)(?m)a (?iz:a) (?i1) (?u)a (?a)a (?<=a*)b (?<=a|bc) (?<!a+) (?<=(a))\1 (?<=(a)\1) (a)(?<=\1)
(?<=(?P<x>a)(?P=x)) (?<=a{2,3}) (?<=(?(1)a|b))(c) a{99999999999} a{4294967295} a{4294967294} a{3,2} a{2,1}? x{1,2}{3} (?P<é>a) (?P<a.>b) (?P<\n>a) (?('a')b) (?(²)b) (?(٣)b) (?(+1)b) (a)(?(+1)b)
(a)(?(01)b) (a)(?(1_0)b) (?P<n>a)(?(n)b|c) a|* (|*) (?:)* (?:a)** (?=a)* ^* $* \b+ \A? (^)* x^* ()* [[a] [a--b] [a&&b] [a||b] [a~~b] [a-\-] [\]] []] []-a] (?P<a>)(?P<b>) ((?P<a>(b))) (?i)(?P<z>x)
)( a)b( (?:a))b \\ \\\ (?x)#( a\ (?P=é) [\N{x}] \g \Q \E \h (?P>a) (?|a) (?'a'b) (?R) (?&a) (?+a) (?1) \z \K \X \p{L}""".split()
ERRORS += ["a\n(", "ab\ncd\n*", "(?x)\n(\n", "(" * 300 + ")" * 300, "(" * 600 + ")" * 600, "(?i )", "(?P<a b>c)", "(?( 1)a)", "a{1 }", "\n\n\\q", "[a\n"]
TEMPLATES = [("(a)(?P<n>b)", t) for t in [
    "", "x", r"\1", r"\2\1", r"\g<1>", r"\g<n>", r"\g<0>", r"\3", r"\g<3>", r"\g<m>", r"\g", r"\g<", r"\g<>", r"\g<1", r"\g<1a>", r"\g<-1>", r"\g<+1>", r"\g<01>", r"\g<1_0>", r"\n\t\\\a\b\f\r\v",
    r"\0", r"\00", r"\000", r"\0000", r"\01", r"\08", r"\18", r"\10", r"\101", r"\400", r"\377", r"\118", r"\q", r"\A", r"\x41", r"\.", r"\é", "\\", "\\\n", r"\g<é>", r"\g<99999999999>", r"\g< 1 >", r"a\1b\2c", r"\g<²>", r"\g<n", r"\N", r"\8", r"\9a"]]
TEMPLATES += [("", r"\1"), ("a", r"\g<1>"), ("(?P<x>a)", r"\g<x>\g<x>")]


def question(kind, flags, mode, pattern, text, pos=0, endpos=1 << 40):
    codes = [",".join(str(ord(c)) for c in part) for part in (pattern, text)]
    return "\t".join([kind, str(int(flags)), mode, str(pos), str(endpos), *codes])


def questions():
    for kind, groups in (("s", GROUPS), ("b", BYTES)):
        for patterns, texts, flags in groups:
            for i, pattern in enumerate(patterns):
                for j, text in enumerate(texts):
                    mode = "all" if (i + j) % 3 else ["match", "fullmatch", "search"][(i + j) // 3 % 3]
                    yield question(kind, flags, mode, pattern, text)
    for pattern in ERRORS:
        yield question("s", 0, "info", pattern, "")
        if all(ord(c) < 256 for c in pattern):
            yield question("b", 0, "info", pattern, "")
    for flags in (re.L, re.A | re.U, re.U, re.A | re.L, re.I | re.X, re.A, re.L | re.I):
        for kind in "sb":
            yield question(kind, flags, "info", "a", "")
    for pattern, template in TEMPLATES:
        yield question("s", 0, "template", pattern, template)
        if all(ord(c) < 256 for c in template):
            yield question("b", 0, "template", pattern, template)
    for pos, endpos in [(0, 2), (1, 2), (1, 99), (2, 1), (3, 3), (9, 99)]:
        for pattern in ("", "b", "^b", "b$", r"\bb", "(?<=a)b", "b|$", ".*", r"\Z"):
            for mode in ("match", "fullmatch", "search", "all"):
                yield question("s", 0, mode, pattern, "abc", pos, endpos)


def main():
    oracle = os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle.py")
    asked = list(questions())
    run = subprocess.run([sys.executable, oracle, "answer"], input="\n".join(asked) + "\n", capture_output=True, text=True, check=True)
    for line, answer in zip(asked, run.stdout.split("\n")):
        print(f"{line}\t{answer}")


main()
