"""Makes a snippet smaller as long as the interpreters still differ in the same way.

In: a finding and a harness. Out: the finding with the smallest snippet found. Works on the tree: statements are dropped or
replaced by their bodies, expressions by a part of themselves or by a constant.
"""

import ast
import copy
import time

from harness import signature


def minimize(finding, harness, seconds=15):
    end = time.monotonic() + seconds
    try:
        tree = ast.parse(finding.snippet)
        best = Candidate(tree, finding)
    except (SyntaxError, ValueError, RecursionError):
        return finding
    size = 0
    while size != best.size() and time.monotonic() < end:
        size = best.size()
        best = pass_over(best, harness, end)
    return best.finding


class Candidate:
    def __init__(self, tree, finding):
        self.tree, self.finding = tree, finding

    def size(self):
        return sum(1 for _ in ast.walk(self.tree))


def pass_over(best, harness, end):
    """One attempt at every place, the biggest parts first, many attempts to a process."""
    place = 0
    while time.monotonic() < end:
        attempts = list(some_smaller(best.tree, place, 24))
        if not attempts:
            return best
        found = first_that_differs(attempts, best.finding, harness)
        if found is None:
            place += len(attempts)
        else:
            place, best = place + found[0], found[1]
    return best


def first_that_differs(attempts, wanted, harness):
    texts = [ast.unparse(tree) + "\n" for tree in attempts]
    findings, _ = harness.compare(texts)
    for finding in findings:
        if finding.kind == wanted.kind and (finding.kind != "differs" or alike(finding, wanted)):
            at = texts.index(finding.snippet)
            return at, Candidate(attempts[at], finding)
    return None


def alike(one, other):
    return essence(one) == essence(other)


def essence(finding):
    """The first lines that differ, without what comes from the rest of the program."""
    return signature("", finding.python, finding.toy)


def some_smaller(tree, start, count):
    """Copies of the tree, each with one change, from the change number `start` on."""
    changes = list(enumerate_changes(tree))[start:start + count]
    for path, change in changes:
        smaller = copy.deepcopy(tree)
        try:
            change(*locate(smaller, path))
            ast.fix_missing_locations(smaller)
            ast.unparse(smaller)
        except Exception:
            continue
        yield smaller


def enumerate_changes(tree):
    for path, node in walk(tree, ()):
        if isinstance(node, ast.stmt):
            yield path, drop
            if hasattr(node, "body"):
                yield path, lift
            for field in ("orelse", "finalbody", "handlers", "decorator_list"):
                if getattr(node, field, None):
                    yield path, lambda parent, field_name, i, f=field: setattr(getattr(parent, field_name)[i], f, [])
        elif isinstance(node, (ast.excepthandler, ast.match_case, ast.withitem, ast.comprehension, ast.keyword)):
            yield path, drop
        elif isinstance(node, ast.expr) and not isinstance(node, (ast.Constant, ast.Starred)):
            yield path, constant
            for part in [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr) and not isinstance(n, ast.Starred)]:
                yield path, lambda parent, field, i, p=copy.deepcopy(part): put(parent, field, i, p)


def walk(node, path):
    """All nodes with the path of (field, index) that leads to them, in order of size roughly."""
    queue = [(path, node)]
    while queue:
        path, node = queue.pop(0)
        if path:
            yield path, node
        for field, value in ast.iter_fields(node):
            for i, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    queue.append((path + ((field, i if isinstance(value, list) else None),), child))


def locate(tree, path):
    for field, i in path[:-1]:
        tree = getattr(tree, field) if i is None else getattr(tree, field)[i]
    return tree, *path[-1]


def drop(parent, field, i):
    items = getattr(parent, field)
    del items[i]
    if not items and field == "body":
        items.append(ast.Pass())


def lift(parent, field, i):
    getattr(parent, field)[i:i + 1] = getattr(parent, field)[i].body


def constant(parent, field, i):
    put(parent, field, i, ast.Constant(1))


def put(parent, field, i, node):
    if i is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[i] = node
