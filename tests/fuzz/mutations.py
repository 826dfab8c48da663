"""Mutants of the test programs: tokens dropped, doubled, swapped or replaced.

In: a random generator and the programs of tests/language. Out: snippets that compile a mutant and tell of the error, and
snippets that run one.
"""

import re
from pathlib import Path

PROGRAMS = Path(__file__).parent.parent / "language"
# Programs that touch nothing but themselves: their mutants may run.
HARMLESS = ("assignment attribute_access augmented bigints bool builtins bytearray bytes chaining classes closures comparison comprehensions control_flow "
            "coroutines decorators descriptors dict_views dicts evaluation_order exception_groups exceptions floats fstrings functions_arguments "
            "generators inheritance_mro ints iteration lambda lists literals match memoryview metaclasses operators operators_overloading percent_format precedence "
            "properties ranges scopes sets slices slots sort special_methods str_format str_methods strings super tuples unpacking with").split()
TOKEN = re.compile(r"""[ \t]*\n[ \t]*|[rbfRBFuU]{0,2}(?:'''(?:.|\n)*?'''|\"\"\"(?:.|\n)*?\"\"\"|'(?:\\.|[^'\n])*'|"(?:\\.|[^"\n])*")"""
                   r"""|\#.*|[ \t]+|\w+|\*\*=?|//=?|>>=?|<<=?|[-+*/%&|^=!<>:]=|->|.""")
EXTRA = ("( ) [ ] { } , : ; . = == := -> * ** @ + - ~ if else elif for while in is not and or def class return yield lambda try except finally with as async await "
         "match case _ global nonlocal del import from raise assert break continue pass None True ... 0 1.5 'x' f'{x}' f'{' f'{x!}' b'a' \"\"\" ' \\ \n \n\t except* # 0x 1_ 1e "
         "\x00 é ² $ ? ! 0777 'a' b'b' print x yield*from from. *x **x x:=1 (x:=1) \\N{DIGIT").split(" ")


class Mutations:
    """Makes snippets; `rng` decides everything."""

    def __init__(self, rng):
        self.rng = rng

    def snippet(self):
        path = self.rng.choice(SOURCES)
        runs = path.parent.name in HARMLESS and self.rng.random() < 0.5
        text = path.read_text()
        pieces = self.some_statements(text) if not runs else text
        mutant = self.mutate(TOKEN.findall(pieces), 1 if runs else self.rng.choice([1, 1, 1, 2, 4]))
        if runs:
            return mutant
        return f"compiled({mutant!a})\n"

    def some_statements(self, text):
        """A few lines of a program are enough for a syntax error, and are read more easily."""
        lines = text.splitlines(keepends=True)
        first = self.rng.randrange(len(lines))
        while first and lines[first][:1] in " \t\n)]}'\"":
            first -= 1
        return "".join(lines[first:first + self.rng.choice([3, 6, 12])])

    def mutate(self, tokens, count):
        for _ in range(count):
            at, other = self.rng.randrange(len(tokens)), self.rng.randrange(len(tokens))
            way = self.rng.randrange(7)
            if way == 0:
                del tokens[at]
            elif way == 1:
                tokens.insert(at, tokens[at])
            elif way == 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            elif way == 3:
                tokens[at] = self.rng.choice(EXTRA)
            elif way == 4:
                tokens.insert(at, self.rng.choice(EXTRA))
            elif way == 5:
                tokens[at] = tokens[other]
            else:
                tokens.insert(at, tokens[other])
            if not tokens:
                tokens = ["pass"]
        return "".join(tokens)


SOURCES = sorted(p for p in PROGRAMS.rglob("*.toy") if "support" not in p.parts)
