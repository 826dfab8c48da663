"""Random programs: nested control flow, functions, generators, classes with special methods, patterns.

In: a random generator. Out: the text of a program that ends by itself (loops and calls go through `tick()`) and prints as
it goes. Expressions are made for a wanted type, so that programs get somewhere, with some noise, so that they fail too.
"""

import re

from values import any_value, plain_value

NAMES = ["a", "b", "c", "d"]
SPECIAL = ("__add__ __radd__ __iadd__ __eq__ __lt__ __len__ __bool__ __getitem__ __setitem__ __delitem__ __contains__ __iter__ __next__ __call__ "
           "__hash__ __str__ __repr__ __index__ __enter__ __exit__ __getattr__ __getattribute__ __setattr__ __delattr__ __del__ __format__ "
           "__missing__ __neg__ __mul__ __reversed__ __instancecheck__ __get__ __set__ __set_name__ __init_subclass__ __class_getitem__ "
           "__await__ __aiter__ __anext__ __init__ __new__ __ne__ __matmul__ __divmod__ __round__ __int__ __float__ __length_hint__ "
           "__dir__ __prepare__ __subclasscheck__ __or__ __ror__ __and__ __invert__").split()
ERRORS = ["ValueError", "KeyError", "TypeError", "StopIteration", "ZeroDivisionError", "IndexError", "LookupError", "Exception",
          "AttributeError", "(ValueError, KeyError)", "RuntimeError", "GeneratorExit", "NameError", "ArithmeticError", "BaseException",
          "StopAsyncIteration", "ExceptionGroup", "UnboundLocalError", "RecursionError", "AssertionError"]


ARGUMENTS = ["", "<e>", "<e>, <e>", "*<list>", "**<dict>", "y=<e>", "1, *<list>, k=<e>"]

TEMPLATES = {
    "int": ["<small>", "(<int> <sign> <small>)", "(<int> <sign> <small>)", "len(<list>)", "-<int>", "(<int> if <e> else <int>)", "<list>[<int>]", "tick(<int>)", "sum(<list>)",
            "(<name> := <int>)", "(<int> or <int>)", "max(<int>, <int>)", "<function>(<args>)", "<yield>", "<name>", "int(<str>)", "divmod(<int>, <small>)[0]"],
    "bool": ["(<e> <op> <e>)", "(<e> <op> <e> <op> <e>)", "(not <e>)", "(<e> and <e>)", "isinstance(<e>, <class>)", "True", "False", "any(<list>)", "callable(<e>)"],
    "str": ["'abc'", "(<str> + <str>)", "str(<e>)", "(<str> * <small>)", "<f>", "<f>", "<str>[<slice>]", "<str>.upper()", "'-'.join(<list>)", "'%s %r' % (<str>, <e>)", "repr(<e>)",
            "<str>.replace(<str>, <str>)", "type(<e>).__name__", "'{:>{}}'.format(<str>, <small>)", "<str>.split()[0]"],
    "list": ["[<e>, <e>]", "[*<list>, <e>]", "(<e>, *<list>)", "[<comp>]", "[<comp>]", "list(<iter>)", "sorted(<list>)", "<list>[<slice>]", "(<list> + <list>)", "(<list> * <small>)", "[]",
             "[1, 2, 3]", "{<small>, <small>}", "(<e>, <e>)", "sorted(<list>, key=lambda <name>: <low>)", "<name>", "list(zip(*[<list>, <list>]))", "{<small> for i in <list>}"],
    "dict": ["{<e>: <e>}", "{'a': <e>, **<dict>}", "dict(a=<e>)", "{k: <e> for k in <list>}", "{}", "(<dict> | <dict>)", "{k: v for k, v in <dict>.items()}", "dict(zip(<list>, <list>))", "<locals>",
             "dict.fromkeys(<list>)", "dict(**<dict>)"],
    "iter": ["iter(<list>)", "range(<small>)", "(<comp>)", "zip(<list>, <list>)", "map(<lambda>, <list>)", "reversed(<list>)", "enumerate(<list>)", "<dict>.items()", "generator()", "broken()",
             "filter(<lambda>, <list>)", "<str>", "<name>"],
    "any": ["<name>", "<name>", "<name>.x", "<function>(<args>)", "<dict>[<e>]", "(<lambda>)(<e>)", "None", "...", "<class>(<args>)", "<yield>", "getattr(<name>, 'x', <e>)",
            "<name>.append(<e>)", "<name>.pop(<e>)", "<name>.get(<e>)", "<name>.update(<e>)", "<name>.add(<e>)", "next(<iter>)", "(lambda x, y=<e>: (x, y))(<e>)", "super()", "(<e> if <bool> else <e>)",
            "vars(<name>)", "type(<name>)", "<name>.__class__", "setattr(<name>, 'x', <e>)", "<name>(<args>)", "~<e>", "(<e> @ <e>)"],
}


class Programs:
    def __init__(self, rng):
        self.rng = rng

    def snippet(self):
        self.functions, self.classes, self.budget = ["len", "str"], ["Plain"], self.rng.randrange(8, 45)
        self.reset(kind="module")
        lines = [f"{name} = {self.value()}" for name in NAMES]
        lines += ["def fail(*args):", "    raise ValueError(*args)"]
        while self.budget > 0:
            lines += self.guarded(self.statement(0))
        lines.append("try:\n    show(" + ", ".join(NAMES) + ")\nexcept NameError as e:\n    print(describe(e))")
        return "\n".join(lines) + "\n"

    def reset(self, kind):
        self.kind, self.loops, self.final = kind, 0, False

    def guarded(self, lines):
        """Statements of the module go on after most errors."""
        if self.rng.random() < 0.6:
            return ["try:"] + indent(lines) + ["except Exception as e:", "    print(describe(e), lines_of(e))"]
        return lines

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, share):
        return self.rng.random() < share

    def value(self):
        return any_value(self.rng) if self.chance(0.2) else self.expr(2)

    # Statements: each gives a list of lines.

    def block(self, depth, least=1):
        lines = []
        for _ in range(self.rng.randint(least, 3)):
            lines += self.statement(depth + 1)
        return indent(lines or ["pass"])

    def statement(self, depth):
        self.budget -= 1
        simple = [self.assign] * 5 + [self.shown] * 5 + [self.augmented, self.unpack, self.deletion, self.raising, self.leave, self.leave, self.scope]
        compound = [self.branch, self.loop, self.loop, self.while_loop, self.trying, self.trying, self.trying, self.with_block, self.match,
                    self.define, self.define, self.define_class, self.call_generator, self.coroutine, self.evaluate]
        if depth > 4 or self.budget < 0:
            return self.rng.choice(simple)(depth)
        return self.rng.choice(simple + compound)(depth)

    def assign(self, depth):
        target = self.pick(self.name(), self.name(), self.name(), f"{self.name()}.x", f"{self.name()}[{self.expr(1, 'int')}]", f"{self.name()} = {self.name()}",
                           f"{self.name()}[{self.slice()}]", f"{self.name()}: {self.expr(1)}")
        return [f"{target} = {self.expr(3)}"]

    def shown(self, depth):
        return [f"show({self.expr(3)})" if self.kind != "class" else f"{self.name()} = {self.expr(2)}"]

    def augmented(self, depth):
        target = self.pick(self.name(), f"{self.name()}[{self.expr(1, 'int')}]", f"{self.name()}.x")
        return [f"{target} {self.pick('+', '-', '*', '|', '&', '//', '%', '^', '@')}= {self.pick(self.small(), self.expr(1))}"]

    def unpack(self, depth):
        targets = [self.name() for _ in range(self.rng.randrange(1, 4))]
        if self.chance(0.5):
            i = self.rng.randrange(len(targets))
            targets[i] = "*" + targets[i]
        if self.chance(0.3):
            targets.append(f"({self.name()}, {self.name()})")
        return [f"{', '.join(targets)}, = {self.expr(2, self.pick('list', 'str', 'any'))}"]

    def deletion(self, depth):
        return [f"del {self.pick(self.name(), self.name() + '[0]', self.name() + '.x', self.name() + '[' + self.slice() + ']')}"]

    def raising(self, depth):
        made = self.pick(*ERRORS[:9]) if self.chance(0.8) else self.expr(1)
        made = made.strip("()").split(",")[0] + self.pick("", f"({self.expr(1)})", "()") if self.chance(0.9) else made
        cause = self.pick("", "", "", " from None", " from KeyError(1)", f" from {self.name()}")
        return self.pick([f"raise {made}{cause}"], ["raise"], [f"assert {self.expr(1)}, {self.expr(1)}"], [f"fail({self.expr(1)})"])

    def leave(self, depth):
        choices = ["pass"]
        if self.kind in ("function", "generator", "async"):
            choices += [f"return {self.expr(2)}", "return"]
        if self.kind == "async generator":
            choices += ["return"]
        if self.loops:
            choices += ["break", "continue"] * 2
        return [self.rng.choice(choices)]

    def scope(self, depth):
        if self.kind in ("function", "generator") and depth == 1:
            return [self.pick("global ", "global ", "nonlocal ") + "zz", f"zz = {self.expr(1)}"] if self.chance(0.3) else [f"{self.name()} = zz = {self.expr(1)}"]
        return [f"show({self.name()} := {self.expr(1)})"]

    def branch(self, depth):
        lines = [f"if {self.expr(2)}:"] + self.block(depth)
        if self.chance(0.4):
            lines += [f"elif {self.expr(2)}:"] + self.block(depth)
        if self.chance(0.5):
            lines += ["else:"] + self.block(depth)
        return lines

    def loop(self, depth):
        target = self.pick(self.name(), self.name(), f"{self.name()}, {self.name()}", f"{self.name()}.x", f"*{self.name()}, {self.name()}")
        head = "async for" if self.kind.startswith("async") and self.chance(0.3) else "for"
        source = f"numbers({self.expr(1, 'int')})" if head != "for" and self.chance(0.8) else self.expr(2, self.pick("list", "list", "iter", "any"))
        return [f"{head} {target} in {source}:", "    tick()"] + self.in_loop(depth) + self.otherwise(depth)

    def while_loop(self, depth):
        return [f"while tick({self.expr(2)}):"] + self.in_loop(depth) + self.otherwise(depth)

    def in_loop(self, depth):
        self.loops += 1
        lines = self.block(depth)
        self.loops -= 1
        return lines

    def otherwise(self, depth):
        return ["else:"] + self.block(depth) if self.chance(0.3) else []

    def trying(self, depth):
        lines = ["try:"] + self.block(depth)
        star = "*" if self.chance(0.15) else ""
        handlers = self.rng.randrange(0 if not star else 1, 3)
        loops, kind = self.loops, self.kind
        for _ in range(handlers):
            if star:
                self.loops, self.kind = 0, "star " + kind
            bound = self.pick("", "", " as e", f" as {self.name()}")
            error = self.pick(*ERRORS) if self.chance(0.95) else self.expr(1)
            lines += [f"except{star} {error}{bound}:"] + self.block(depth) + self.pick([], ["    show(e)"] if bound == " as e" else [])
        self.loops, self.kind = loops, kind
        if handlers and not star and self.chance(0.2):
            lines += ["except:"] + self.block(depth)
        if handlers and self.chance(0.3):
            lines += ["else:"] + self.block(depth)
        if not handlers or self.chance(0.5):
            lines += ["finally:"] + self.block(depth)
        return lines

    def with_block(self, depth):
        keep = lambda: f"Manager({self.pick(0, 1, 2, 3)})" if self.chance(0.85) else self.expr(1)
        head = "async with" if self.kind.startswith("async") and self.chance(0.4) else "with"
        items = self.pick(keep(), f"{keep()} as {self.name()}", f"{keep()}, {keep()} as {self.name()}", f"({keep()} as {self.name()}, {keep()},)",
                          f"{keep()} as ({self.name()}, {self.name()})")
        return MANAGER + [f"{head} {items}:"] + self.block(depth)

    def match(self, depth):
        lines = [f"match {self.expr(2)}{self.pick('', '', ', ' + self.expr(1))}:"]
        for _ in range(self.rng.randrange(1, 4)):
            guard = f" if {self.expr(1)}" if self.chance(0.3) else ""
            lines += indent([f"case {self.pattern(2)}{guard}:"] + self.block(depth))
        return lines

    def pattern(self, depth):
        self.captures = getattr(self, "captures", 0) + 1
        fresh = f"m{self.captures}"
        simple = ["1", "-1", "2.5", "'a'", "None", "True", "b'a'", "_", fresh, "int()", "str()", f"int({fresh})", "Plain()", "float.nan"]
        if depth == 0:
            return self.rng.choice([s for s in simple if s != fresh])
        inner = lambda: self.pattern(depth - 1)
        return self.pick(self.pick(*[s for s in simple if s not in ("_", fresh)]), f"[{inner()}, {inner()}]", f"[{inner()}, *{fresh}]", f"({inner()}, *_, {inner()})", "[]",
                         f"{{'a': {inner()}}}", f"{{'a': {inner()}, **{fresh}}}", "{}", f"{inner()} as {fresh}", "1 | 2 | 'b'", f"Plain(x={inner()})",
                         f"({inner()})", f"Plain({inner()})", f"dict() | list()", f"[{inner()}]", f"{{{self.pick('1', 'None')}: {inner()}}}", f"str({fresh}) | list({fresh})")

    def define(self, depth):
        name = f"f{len(self.functions)}"
        parameters = self.pick("", "x", "x, y=1", "*args", "x=1, *args, k=2, **kw", "x, /, y=3, *, z=4", "a, b=2", "**kw", "x=tick()")
        return self.function(name, parameters, depth, self.pick("function", "function", "generator", "async", "async generator"))

    def function(self, name, parameters, depth, kind):
        saved = self.kind, self.loops
        self.reset(kind)
        lines = ["tick()"]
        for _ in range(self.rng.randrange(1, 5)):
            lines += self.statement(depth + 1)
        if "generator" in kind:
            lines.insert(self.rng.randrange(len(lines) + 1) if all(not l.startswith((" ", "el", "ex", "fin", "case")) for l in lines) else 1, "yield 1")
        if kind in ("function", "async"):
            lines.append(f"return {self.expr(2)}")
        self.kind, self.loops = saved
        self.functions.append(name)
        decorator = ["@" + self.pick("(lambda f: f)", "Manager", "staticmethod", "property", "fail")] if self.chance(0.08) else []
        return (MANAGER if decorator == ["@Manager"] else []) + decorator + [f"{'async ' if kind.startswith('async') else ''}def {name}({parameters}):"] + indent(lines)

    def define_class(self, depth):
        name = f"C{len(self.classes)}"
        bases = self.pick("", "Plain", "list", "dict", "Exception", "int", "str", "type", "tuple", "set", self.rng.choice(self.classes), self.rng.choice(self.classes) + ", dict",
                          "Plain, metaclass=type", self.name())
        lines = [f"class {name}({bases}):", f"    __slots__ = {self.pick('()', repr(('x',)), repr(('__dict__', 'q')), repr('x'))}" if self.chance(0.15) else "    y = 2"]
        saved = self.kind, self.loops
        self.reset("class")
        lines += self.block(depth)
        self.kind, self.loops = saved
        for _ in range(self.rng.randrange(0, 4)):
            special = self.pick(*SPECIAL)
            body = self.pick(["return self"], [f"return {self.small()}"], [f"return {self.plain()}"], ["raise KeyError(1)"], ["return NotImplemented"], ["yield 1"],
                             [f"print({special!r}, len(args))", "return 1"], ["return super()." + special + "(*args)"], [f"return {self.plain()}"], ["self.x = args", "return None"])
            lines += indent([f"def {special}(self, *args):", "    tick()"] + indent(body))
        self.classes.append(name)
        use = f"{self.name()} = {name}({self.pick('', '', '1', self.expr(1))})"
        return lines + [use]

    def call_generator(self, depth):
        use = self.pick("next(g)", f"g.send({self.expr(1)})", "g.throw(ValueError(1))", "g.close()", "next(g, 5)", "g.send(None)", "list(g)", "g.throw(KeyError)", "[*zip(g, g)]",
                        "next(g)", "next(g)", "next(g)")
        more = [f"    show({self.pick('next(g)', 'g.close()', 'g.send(1)', 'next(g, 0)', 'g.throw(GeneratorExit)', 'list(g)')})" for _ in range(self.rng.randrange(4))]
        start = self.function("gen", "", depth, "generator") + ["g = gen()"]
        return start + ["try:", f"    show({use})"] + more + ["except Exception as e:", "    print(describe(e), lines_of(e))"]

    def coroutine(self, depth):
        kind = self.pick("async", "async generator")
        lines = self.function("co", "", depth, kind)
        if kind == "async":
            return lines + DRIVE + ["drive(co())"]
        step = self.pick("o.asend(None)", "o.__anext__()", "o.athrow(ValueError)", "o.aclose()")
        return lines + DRIVE + ["o = co()", "drive(o.__anext__())", f"drive({step})", f"drive({self.pick('o.aclose()', 'o.asend(1)')})"]

    def evaluate(self, depth):
        return self.pick([f"show(eval({self.expr(2)!r}))"], [f"exec({chr(10).join(self.assign(0))!r})"], [f"show(eval({self.expr(1)!r}, {{}}, {{'a': 1}}))"])

    # Expressions: a template is chosen for the wanted type, then its `<holes>` are filled.

    def expr(self, depth, wanted=None):
        if self.chance(0.04):
            return plain_value(self.rng)
        if depth <= 0:
            return self.atom(wanted)
        wanted = wanted or self.pick("int", "int", "str", "list", "any", "any", "dict", "bool", "iter")
        return self.fill(self.rng.choice(TEMPLATES[wanted]), depth - 1)

    def fill(self, template, depth):
        return re.sub(r"<(\w+)>", lambda hole: self.hole(hole[1], depth), template)

    def hole(self, kind, depth):
        match kind:
            case "e": return self.expr(depth)
            case "lambda": return self.fill(self.pick("str", "len", "fail", "repr", "tick", "<function>", "lambda x: <low>", "lambda *x, **y: <low>"), depth)
            case "low": return self.expr(min(depth, 1))
            case "function": return self.rng.choice(self.functions)
            case "class": return self.rng.choice(self.classes)
            case "comp": return self.comprehension(depth)
            case "f": return self.quoted(depth)
            case "yield": return self.yielding(depth)
            case "locals": return "locals()" if self.kind == "function" and self.chance(0.2) else "{1: 2}"
            case "small" | "name" | "slice": return getattr(self, kind)()
            case "op": return self.pick("==", "!=", "<", ">=", "is", "is not", "in", "not in", "==", "==")
            case "sign": return self.pick("+", "-", "*", "//", "%", "&", "|", "^", "<<") if depth else "+"
            case "args": return self.fill(self.rng.choice(ARGUMENTS), depth)
            case _: return self.expr(depth, kind)

    def quoted(self, depth):
        inner, spec = self.expr(depth), self.pick("", ":>5", "!r", "!a:^9", ":{a}", ":x", "=", ":,", "!s:.3")
        plain = not any(sign in inner for sign in ('"', "\\", ":=", "lambda", "{"))
        return f'f"""<{{{inner}{spec}}}>"""' if plain else f"str({inner})"

    def comprehension(self, depth):
        v, w = self.pick("i", "j", self.name()), self.pick("j", "k", "i, j")
        head = self.fill(self.pick(v, "<e>", f"({v}, <e>)") + f" for {v} in <list>", depth)
        if self.chance(0.3):
            head += self.fill(f" for {w} in <list>", depth)
        if self.chance(0.3):
            head += self.fill(" if <e>", depth)
        return "tick(0) or " + head if self.chance(0.2) else head

    def yielding(self, depth):
        template = {"generator": self.pick("(yield <e>)", "(yield from <iter>)", "(yield)"), "async": self.pick("(await Waiter(<low>))", "(await <low>)"),
                    "async generator": self.pick("(yield <e>)", "(await Waiter(<low>))")}
        return self.fill(template.get(self.kind, "<small>"), depth)

    def atom(self, wanted):
        if wanted == "int":
            return self.pick(self.small(), self.name())
        if wanted in ("list", "iter"):
            return self.pick("[1, 2]", "(3,)", "'ab'", "range(3)", self.name(), "[]")
        if wanted == "str":
            return self.pick("'x'", "'héy'", self.name(), "''")
        if wanted == "dict":
            return self.pick("{'a': 1}", "{}", self.name())
        return self.pick(self.small(), self.name(), self.name(), "'s'", "None", "[0]", "1.5", "True")

    def small(self):
        return self.pick("0", "1", "2", "3", "-1", "7", "True")

    def plain(self):
        return plain_value(self.rng)

    def name(self):
        return self.rng.choice(NAMES)

    def slice(self):
        part = lambda: self.pick("", "", self.small(), "None")
        return self.pick(f"{part()}:{part()}", f"{part()}:{part()}:{part()}", f"::{self.pick('-1', '2', '-2')}")


MANAGER = """class Manager:
    def __init__(self, n=0): self.n = n
    def __enter__(self):
        print("enter", text_of(self.n))
        if self.n == 3: raise KeyError("enter")
        return self
    def __exit__(self, kind, value, trace):
        print("exit", describe(value) if value is not None else None)
        if self.n == 2: raise IndexError("exit")
        return self.n
    async def __aenter__(self): return self.__enter__()
    async def __aexit__(self, *args): return self.__exit__(*args)""".splitlines()

DRIVE = """class Waiter:
    def __init__(self, value): self.value = value
    def __await__(self):
        got = yield self.value
        return got
async def numbers(n):
    for i in range(n): yield i
def drive(coroutine):
    try:
        for i in range(6): show(coroutine.send(None if i == 0 else i))
        show(coroutine.throw(ValueError("driven")))
        coroutine.close()
    except BaseException as e: print(describe(e), lines_of(e))""".splitlines()


def indent(lines):
    return ["    " + line for line in "\n".join(lines).split("\n")]
