"""The positions of the instructions of a program's code objects, a line each: what it does, and where."""
import dis
import sys

KINDS = {
    "BINARY_OP": "binary", "COMPARE_OP": "compare", "IS_OP": "compare", "CONTAINS_OP": "compare",
    "CALL": "call", "CALL_FUNCTION_EX": "call", "LOAD_ATTR": "attribute", "LOAD_METHOD": "attribute",
    "STORE_ATTR": "store attribute", "DELETE_ATTR": "delete attribute", "BINARY_SUBSCR": "item",
    "STORE_SUBSCR": "store item", "DELETE_SUBSCR": "delete item", "UNARY_NEGATIVE": "unary",
    "UNARY_POSITIVE": "unary", "UNARY_INVERT": "unary", "UNARY_NOT": "not", "GET_ITER": "iter", "FOR_ITER": "for",
    "RAISE_VARARGS": "raise", "IMPORT_NAME": "import", "IMPORT_FROM": "from", "BEFORE_WITH": "with",
    "CHECK_EXC_MATCH": "except", "LIST_EXTEND": "extend", "DICT_UPDATE": "update", "DICT_MERGE": "merge",
    "MATCH_CLASS": "match class", "GET_AWAITABLE": "await", "GET_ANEXT": "anext", "BUILD_SLICE": "slice",
    "LOAD_ASSERTION_ERROR": "assert", "FORMAT_VALUE": "format", "WITH_EXCEPT_START": "exit", "SET_ADD": "add",
}


def show(code):
    for i in dis.get_instructions(code):
        p = i.positions
        if i.opname in KINDS and p.lineno is not None:
            place = p.lineno, p.end_lineno, p.col_offset, p.end_col_offset
            print(code.co_qualname, code.co_firstlineno, KINDS[i.opname], *place, sep="|")
    for inner in code.co_consts:
        if hasattr(inner, "co_code"):
            show(inner)


with open(sys.argv[1]) as file:
    show(compile(file.read(), sys.argv[1], "exec"))
