"""Snippets of one operation: a method, an operator, a builtin or a library function on edge-case values.

In: a random generator. Out: source text that prints the result, and the operands afterwards. What to call is found by
looking at the types of the python3 that runs the fuzzer; how many arguments, by looking at signatures.
"""

import builtins
import importlib
import inspect
import subprocess

from values import COMMON, EVERY, KINDS, SMALL_INTS, VALUES, any_value, plain_value

# Not comparable between interpreters, or not to be called in a process that goes on.
UNWANTED = set("__sizeof__ __dir__ __doc__ __class__ __init_subclass__ __getstate__ __hash__ __reduce__ __reduce_ex__ "
               "__subclasses__ __module__ __annotations__ __builtins__ __globals__ __weakref__ __dict__ __code__".split())
BUILTINS = ("abs all any ascii bin bool bytearray bytes callable chr classmethod delattr dict divmod enumerate "
            "filter float format frozenset getattr hasattr hex int isinstance issubclass iter len list map max "
            "memoryview min next object oct ord pow property range repr reversed round set setattr slice sorted staticmethod "
            "str sum super tuple type vars zip ValueError KeyError OSError SyntaxError StopIteration "
            "UnicodeDecodeError UnicodeEncodeError ExceptionGroup BaseExceptionGroup ImportError SystemExit compile eval "
            "AttributeError NameError").split()
MODULES = ("math itertools operator functools collections string heapq bisect copy json re struct binascii textwrap "
           "unicodedata types array fractions statistics fnmatch posixpath shlex difflib reprlib codecs keyword "
           "_collections_abc weakref").split()
UNWANTED_FUNCTIONS = set("perm comb factorial isqrt gamma namedtuple open EncodedFile main run_module copyright "
                         "register register_error lookup_error getrefcount make_encoding_map proxy ref "
                         "getsizeof expanduser realpath abspath relpath exists lexists isfile isdir ismount getctime "
                         "getmtime getatime getsize samefile samestat sameopenfile normcase islink "
                         "lookup getencoder getdecoder getincrementalencoder getincrementaldecoder "
                         "getreader getwriter coroutine resolve_bases finalize".split())

BINARY = "+ - * / // % @ & | ^ == != < <= > >= in".split() + ["not in", "is", "is not", "and", "or", "**", "<<", ">>"]
INPLACE = "+= -= *= /= //= %= @= &= |= ^= **= <<= >>=".split()
SUBSCRIPTS = ["{i}", "{i}:{j}", "{i}:", ":{j}", "::{k}", "{i}:{j}:{k}", "{i}, {j}", "{v}", "..."]


class Calls:
    """Makes snippets; `rng` decides everything."""

    def __init__(self, rng):
        self.rng = rng
        self.functions = [(m, n) for m in MODULES for n in public_callables(m) if (m, n) not in MISSING]

    def snippet(self):
        kinds = [self.method] * 9 + [self.operator] * 4 + [self.subscript] * 2 + [self.builtin] * 4
        kinds += [self.library] * 4 + [self.formatted] * 2 + [self.attribute, self.unbound, self.chain]
        return self.rng.choice(kinds)()

    def method(self):
        value = any_value(self.rng)
        names = method_names(value)
        name = self.rng.choice(names)
        call = f"r.{name}({self.arguments_for(value, name)})"
        return f"r = {value}\ntry:\n    show({call})\nfinally:\n    show(r)\n"

    def unbound(self):
        """A method taken from one type and called with whatever."""
        value = any_value(self.rng)
        name = self.rng.choice(method_names(value))
        arguments = ", ".join(any_value(self.rng) for _ in range(self.rng.randrange(4)))
        return f"f = type({value}).{name}\nshow(f({arguments}))\n"

    def chain(self):
        """Several methods on one value, the way that state goes wrong."""
        value = any_value(self.rng)
        lines = [f"r = {value}"]
        for _ in range(self.rng.randrange(2, 6)):
            name = self.rng.choice(method_names(value))
            lines.append(f"try:\n    show(r.{name}({self.arguments_for(value, name)}))")
            lines.append("except Exception as e:\n    print(describe(e))")
        return "\n".join(lines) + "\nshow(r)\n"

    def operator(self):
        a, b = any_value(self.rng), self.right_operand()
        if self.rng.random() < 0.3:
            a = plain_value(self.rng)
        op = self.rng.choice(BINARY)
        if op in ("**", "<<", ">>", "*", "%"):
            b = self.rng.choice(SMALL_INTS[:9] + ["2.5", "-0.5", "'a'", "[]", "Wrong(1)", "(1,)", "None"])
        if self.rng.random() < 0.25:
            op = self.rng.choice(INPLACE)
            b = self.rng.choice(SMALL_INTS[:9]) if op in ("**=", "<<=", ">>=", "*=") else b
            return f"r = k = {a}\ntry:\n    r {op} {b}\nfinally:\n    show(r, k, r is k)\n"
        if self.rng.random() < 0.15:
            return f"show({self.rng.choice(['-', '+', '~', 'not ', '*'])}({a}))\n"
        return f"a = {a}\nb = {b}\ntry:\n    show(a {op} b)\nfinally:\n    show(a, b)\n"

    def right_operand(self):
        return self.rng.choice([any_value, plain_value])(self.rng)

    def subscript(self):
        kind = self.rng.choice("deque array ordered evil evil list str bytes bytearray tuple dict range memoryview list bytearray sub object alias type".split())
        small = lambda: self.rng.choice(SMALL_INTS + ["Evil()", "Evil('pop', 2)", "Evil('grow', 1)"])
        key = self.rng.choice(SUBSCRIPTS).format(i=small(), j=small(), k=small(), v=any_value(self.rng))
        target = f"r[{key}]"
        statement = self.rng.choice([f"show({target})", f"show({target})", f"{target} = {self.right_operand()}",
                                     f"del {target}", f"{target} += {self.right_operand()}"])
        return f"r = {self.rng.choice(VALUES[kind])}\ntry:\n    {statement}\nfinally:\n    show(r)\n"

    def builtin(self):
        name = self.rng.choice(BUILTINS)
        return f"show({name}({self.arguments_of(getattr(builtins, name))}))\n"

    def library(self):
        module, name = self.rng.choice(self.functions)
        function = getattr(importlib.import_module(module), name)
        return f"import {module}\nshow({module}.{name}({self.arguments_of(function)}))\n"

    def attribute(self):
        value = any_value(self.rng)
        name = self.rng.choice([n for n in dir(eval_value(value)) if n not in UNWANTED and n != "__text_signature__"])
        new = any_value(self.rng)
        if value in VALUES["type"] and value not in ("Plain", "Slots", "IntSub") and self.rng.random() < 0.9:
            return f"show(type({value}.{name}).__name__)\n"
        if value in VALUES["type"] + VALUES["builtin"]:
            return f"show({value}.{name})\n"
        statement = self.rng.choice([f"show(r.{name})", f"r.{name} = {new}", f"del r.{name}", f"show(r.{name})"])
        return f"r = {value}\ntry:\n    {statement}\nfinally:\n    show(r)\n"

    def formatted(self):
        value = self.rng.choice(VALUES[self.rng.choice(["int", "float", "str", "object", "bool", "sub", "NoneType", "list"])])
        if self.rng.random() < 0.5:
            return f"show(format({value}, {self.format_spec()!r}))\n"
        if self.rng.random() < 0.5:
            conversion = self.rng.choice(["", "!r", "!s", "!a"])
            return f"v = {value}\nshow(f'<{{v{conversion}:{self.format_spec()}}}>', '{{0{conversion}:{self.format_spec()}}}'.format(v))\n"
        return f"show({self.percent_spec()!r} % {self.rng.choice([value, f'({value},)', f'({value}, {plain_value(self.rng)})'])})\n"

    def format_spec(self):
        pick = lambda *words: self.rng.choice(words)
        return (pick("", "", "*", "é", "0") + pick("", "<", ">", "^", "=") + pick("", "", "+", "-", " ") + pick("", "z", "") + pick("", "", "#")
                + pick("", "", "0") + pick("", "", "1", "12", "30") + pick("", "", ",", "_") + pick("", "", ".0", ".3", ".20")
                + pick("", *"bcdeEfFgGnosxX%") + pick("", "", "", "", "q"))

    def percent_spec(self):
        pick = lambda *words: self.rng.choice(words)
        one = lambda: ("%" + pick("", "", "", "(a)") + pick("", "", "#", "0", "-", " ", "+", "-0") + pick("", "", "5", "12", "*")
                       + pick("", "", ".0", ".3", ".*", ".") + pick("", "", "", "l") + pick(*"diouxXeEfFgGcrsa%", "q", ""))
        return pick("", "x ") + one() + pick("", "", "", one())

    def arguments_for(self, value, name):
        try:
            return self.arguments_of(getattr(eval_value(value), name), like=value)
        except Exception:
            return self.list_of(self.rng.randrange(3), value)

    def arguments_of(self, function, like=None):
        least, most, names = arity(function)
        count = self.rng.randint(least, most)
        if self.rng.random() < 0.06:
            count = self.rng.randrange(5)
        text = self.list_of(count, like)
        if names and self.rng.random() < 0.25:
            text += (", " if text else "") + f"{self.rng.choice(names)}={self.argument(like)}"
        if self.rng.random() < 0.02:
            text += (", " if text else "") + self.rng.choice(["*[1, 2]", "**{'a': 1}", "*5", "**{1: 2}", "key=1", "self=1"])
        return text

    def list_of(self, count, like):
        return ", ".join(self.argument(like) for _ in range(count))

    def argument(self, like):
        roll = self.rng.random()
        if like is not None and "evil(" in like and roll < 0.4:
            return self.rng.choice(["Evil()", "Evil('pop', False)", "Evil('grow', 2)", "[Evil(), 1]", "(Evil(), Evil('pop'))", "{Evil(): 1}", "slice(Evil(), Evil())", "iter([1, Evil()])"])
        if like is not None and roll < 0.35:
            return self.rng.choice(VALUES[KIND_OF.get(like, "int")])
        if roll < 0.55:
            return self.rng.choice(SMALL_INTS)
        return plain_value(self.rng) if roll < 0.8 else any_value(self.rng)


def method_names(value):
    """What can be called on the value, sorted, so that a seed means the same everywhere."""
    if value not in METHODS:
        made = eval_value(value)
        METHODS[value] = [n for n in dir(type(made)) if n not in UNWANTED and callable(getattr(type(made), n, None))]
    return METHODS[value]


def eval_value(value):
    return eval(value, dict(HELPERS))


def public_callables(module):
    found = vars(importlib.import_module(module))
    names = [n for n in found if not n.startswith("_") and callable(found[n]) and n not in UNWANTED_FUNCTIONS]
    return sorted(n for n in names if getattr(found[n], "__module__", module) in (module, "_" + module, None) or module in ("operator", "math"))


def arity(function):
    """Fewest and most positional arguments, and names for keyword arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError, RecursionError, LookupError):
        return 0, 3, []
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is p.empty for p in positional)
    more = 2 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else 0
    return least, min(len(positional) + more, 6), [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]


def look_for_missing(interpreter):
    """Public names of modules that the interpreter does not have: they are told once and not called."""
    wanted = [(m, n) for m in MODULES for n in public_callables(m)]
    program = "\n".join(f"import {m}" for m in MODULES) + f"\nfor m, n in {wanted}:\n    if not hasattr(eval(m), n): print(m, n)"
    found = subprocess.run([interpreter, "-c", program], capture_output=True, text=True, timeout=60)
    MISSING.update(tuple(line.split()) for line in found.stdout.splitlines())


MISSING = set()
METHODS = {}
KIND_OF = {value: kind for kind, values in VALUES.items() for value in values}
HELPERS = {}
