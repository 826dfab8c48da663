"""Expressions to try: edge-case values of every builtin type, as source text for use in snippets.

No value here prints an address or depends on the hash of a str, and none is so large that making it takes long: sizes
are small or so huge that every interpreter refuses them at once.
"""

VALUES = {
    "int": "0 1 -1 2 3 5 7 -7 10 255 256 65536 2**31 -2**31 2**62 2**62-1 -2**62 -2**62-1 2**63-1 2**63 -2**63 2**64 "
           "10**25 -10**25 10**400 0x110000 0xd800".split(),
    "bool": ["True", "False"],
    "float": "0.0 -0.0 1.0 -1.5 0.1 2.5 3.5 -0.5 1e308 -1e308 5e-324 float('inf') float('-inf') float('nan') 1e16 1e22 "
             "123456789.123 2.0**53 -2.0**63 1e-7".split(),
    "str": ["''", "'a'", "'abc'", "'Hello World'", "'  x '", "'\\x00'", "'é'", "'ß'", "'ŉ'", "'İ'", "'\\ud800'",
            "'😀x'", "'\\t\\n'", "'12'", "'-3'", "'1_0'", "'a,b,,c'", "'٣'", "'½'", "'aaaa'", "'ab'*50", "'ǆ'", "'Σς'",
            "'%s'", "'%d %%'", "'{}'", "'{0!r:>10}'", "'{a[b].c}'", "'%(a)s'", "'x\\r\\ny\\u2028z'", "'__class__'",
            "' 1.5e3 '", "'0x1F'", "'nan'", "'utf-8'", "'latin-1'", "'ascii'", "'ignore'", "'replace'", "'strict'",
            "'backslashreplace'", "'surrogateescape'", "'surrogatepass'", "'>10'", "'010.3f'", "'x'", "'+,d'", "'=^8s'",
            "'.2%'", "'n'", "'c'", "'_x'", "'#b'", "'big'", "'little'", "'\\U0010ffff'", "'aé😀'", "'\\xa0'"],
    "bytes": ["b''", "b'a'", "b'abc'", "b'\\x00\\xff'", "b'  x '", "b'12'", "b'a,b,,c'", "b'\\xc3\\xa9'",
              "b'\\xed\\xa0\\x80'", "b'ab'*30", "b'%s %d'", "b'A\\tb\\r\\n'", "b'6162'"],
    "bytearray": ["bytearray()", "bytearray(b'abc')", "bytearray(b'\\x00\\xff')", "bytearray(b'a b a')", "bytearray(5)"],
    "memoryview": ["memoryview(b'abc')", "memoryview(bytearray(b'abcdef'))", "memoryview(b'')",
                   "memoryview(bytearray(b'abcdefgh')).cast('H')", "memoryview(b'abcdef')[::2]",
                   "memoryview(bytearray(8)).cast('d')", "memoryview(b'abcdef').cast('B', (2, 3))"],
    "list": ["[]", "[1]", "[1, 2, 3]", "['b', 'a', 'c']", "[3, 1, 2, 1]", "[None, 1]", "[[1], [2]]", "list(range(20))",
             "[1.5, 2, True]", "['a', 1]", "[(1, 2), (3, 4)]", "[float('nan')] * 2", "[0] * 3", "['']", "[b'a', b'b']",
             "evil([1, Evil(), 3, Evil()])", "evil([Evil('pop', False), 2, 3])", "evil([Evil('grow', False), 5])",
             "[Raiser(), 1]", "ListSub([1, 2])"],
    "tuple": ["()", "(1,)", "(1, 2, 3)", "('a', 'b')", "(1, 'a', None)", "((1, 2), (3, 4))", "('a',)", "(b'a', 2)",
              "([],)", "(1, 2.5, 'x', b'y')", "TupleSub((1, 2))", "(int, str)", "('a', Raiser())", "(2, 3)"],
    "set": ["set()", "{1}", "{1, 2, 3}", "{(1, 2), 3}", "{0, True}", "set(range(20))", "SetSub([1, 2])",
            "evil({Evil('clear', False), 2})", "evil({Evil('grow', False), 2})"],
    "frozenset": ["frozenset()", "frozenset([1, 2])", "frozenset([(1,), 'a'])"],
    "dict": ["{}", "{1: 2}", "{'a': 1, 'b': 2}", "{'a': []}", "{1: 'x', 2: 'y', 3: 'z'}", "{(1, 2): 3}", "{None: 0}",
             "{1.0: 'f', 'k': {}}", "DictSub(a=1)", "Missing(a=1)", "evil({1: Evil(), 2: 3})", "{'a': 1, 2: 3}",
             "evil({Evil('clear', False): 1, 2: 3})", "evil({Evil('grow', False): 1, 5: Evil('pop', False)})"],
    "range": ["range(0)", "range(5)", "range(2, 20, 3)", "range(10, 0, -3)", "range(2**65, 2**65 + 4)", "range(-3, 3)",
              "range(0, 2**64, 2**60)"],
    "slice": ["slice(None)", "slice(1, 3)", "slice(None, None, -1)", "slice(-2, None)", "slice(2**70, -2**70, -2)",
              "slice(0, 10, 0)", "slice('a')", "slice(Index(1), Index(2))", "slice(5, 1)", "slice(0, 3, 2)"],
    "NoneType": ["None"],
    "ellipsis": ["..."],
    "NotImplementedType": ["NotImplemented"],
    "type": ["int", "str", "list", "dict", "object", "type", "bool", "BaseException", "Plain", "Slots", "IntSub",
             "ValueError", "float", "bytes", "tuple", "set"],
    "dict_keys": ["{'a': 1}.keys()", "{1: 2, 3: 4}.keys()"],
    "dict_values": ["{1: 2}.values()"],
    "dict_items": ["{1: 2}.items()", "{'a': []}.items()"],
    "mappingproxy": ["__import__('types').MappingProxyType({'a': 1, 2: 3})"],
    "function": ["(lambda *a, **k: (len(a), len(k)))", "(lambda x: x)", "(lambda x, y=2: [x, y])", "(lambda: 1/0)"],
    "method": ["Plain().method", "'a'.join", "[].append", "{'a': 1}.get"],
    "builtin": ["len", "abs", "print", "str.upper", "int.__add__", "repr", "sorted", "isinstance", "sum"],
    "generator": ["generator()", "generator(0)", "broken()", "(x for x in [1, 2])"],
    "iterator": ["iter([1, 2, 3])", "iter('aé😀')", "iter({1: 2})", "iter(range(3))", "iter({4})", "iter((1, 2))",
                 "zip([1, 2], 'ab')", "enumerate('ab')", "map(str, [1, 2])", "filter(None, [0, 1])", "reversed([1, 2])",
                 "iter(b'ab')", "iter([1, 2].pop, 1)", "zip('a', 'bc', strict=True)", "map(len, [1])"],
    "object": ["object()", "Plain()", "Slots()", "Index(2)", "Index(-1)", "Index(2**64)", "Float(1.5)", "Wrong(1)",
               "Wrong('a')", "Wrong(None)", "Wrong(-1)", "Wrong([])", "Wrong(2.5)", "Wrong(iter([1, 2]))", "Raiser()",
               "Wrong(NotImplemented)", "Wrong(2**70)", "Wrong(b'')", "Wrong(())", "Evil()", "Evil('pop', 0)",
               "Evil('grow', False)", "Index('x')", "Float('x')"],
    "exception": ["ValueError('x')", "KeyError(1, 2)", "OSError(2, 'no')", "StopIteration(5)",
                  "ExceptionGroup('g', [ValueError(1), TypeError(2)])", "UnicodeDecodeError('u', b'abc', 1, 2, 'why')",
                  "SyntaxError('bad', ('f', 1, 2, 'text'))", "ImportError('m', name='n')"],
    "deque": ["deque_of(1, 2, 3)", "evil(deque_of(1, Evil(), 3, Evil()))", "evil(deque_of(Evil('pop', False), 2, 3))",
              "evil(deque_of(Evil('grow', False), 2))", "__import__('collections').deque([1, 2], 2)"],
    "ordered": ["ordered((1, 2), ('a', 3))", "evil(ordered((Evil('clear', False), 1), (2, 3)))", "evil(ordered((1, Evil()), (2, 3)))",
                "__import__('collections').defaultdict(list, {1: [2]})", "evil(__import__('collections').Counter('aab'))"],
    "array": ["array_of('i', 1, 2, 3)", "evil(array_of('d', 1, 2, 3))", "array_of('B', 1, 255)", "array_of('u')", "evil(array_of('q', 5, 6))"],
    "evil": ["evil(bytearray(b'abcdef'))", "evil(memoryview(bytearray(b'abcdef')))", "evil([1, 2, 3, 4, 5])", "evil({1: 2, 3: 4})", "evil({1, 2, 3})",
             "evil(__import__('io').BytesIO(b'abc'))", "evil(__import__('io').StringIO('abc'))", "evil(deque_of(*range(9)))"],
    "property": ["property(len)", "property()"],
    "classmethod": ["classmethod(len)", "staticmethod(len)"],
    "super": ["super(Plain, Plain())", "super(bool, True)"],
    "alias": ["list[int]", "dict[str, int]", "int | str", "tuple[int, ...]"],
    "sub": ["IntSub(7)", "FloatSub(2.5)", "StrSub('abc')", "BytesSub(b'abc')", "ListSub([3, 1])", "TupleSub('ab')",
            "DictSub({1: 2})", "SetSub([1, 2])"],
}

EVERY = [value for values in VALUES.values() for value in values]

SMALL_INTS = ["0", "1", "-1", "2", "3", "5", "-2", "100", "True", "Index(2)", "2**63", "-2**63-1", "2**62", "None"]


def any_value(rng):
    """A value of any type, each type as often as another."""
    return rng.choice(VALUES[rng.choice(KINDS)])


def plain_value(rng):
    """A value of a common type."""
    return rng.choice(VALUES[rng.choice(COMMON)])


KINDS = list(VALUES)
COMMON = ["int", "int", "str", "str", "float", "list", "tuple", "dict", "set", "bytes", "NoneType", "object", "range"]
