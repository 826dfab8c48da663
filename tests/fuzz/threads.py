"""Programs of two to four threads that work on the same objects at once.

In: a random generator. Out: snippets that print `done` if every thread ended and the shared objects are still whole. What
the operations do depends on the schedule and is not looked at; that nothing breaks is.
"""

OPERATIONS = {
    "l": ["l.append(i)", "l.pop()", "l.sort()", "l.sort(key=str)", "l.reverse()", "l.clear()", "l.extend(range(5))", "l.insert(0, i)", "l[:] = [1, 2, 3]", "del l[::2]",
          "l += [i]", "l *= 2 if len(l) < 50 else 0", "l.remove(1)", "l.index(3)", "l.copy()", "l == list(l)", "l[0] = l[-1]", "sum(l)", "max(l)", "repr(l)", "for x in l: x + 1",
          "tuple(l)", "l[1:3] = l", "sorted(l)", "3 in l", "list(reversed(l))", "[x for x in l]", "l.count(1)", "','.join(map(str, l))", "l.append(l.pop(0))"],
    "d": ["d[i % 9] = i", "d.pop(i % 9)", "d.popitem()", "d.clear()", "d.update({1: 2, 'x': i})", "d.setdefault(i % 20, [])", "for k in d: d[k]", "list(d.items())", "dict(d)", "d.copy()",
          "d == dict(d)", "repr(d)", "del d[i % 5]", "d |= {i % 7: 1}", "sorted(d, key=str)", "{**d}", "d.get(i % 9)", "i % 9 in d", "d.keys() & {1, 2}", "[*d.values()]", "len(d)", "reversed(d)"],
    "s": ["s.add(i % 30)", "s.discard(i % 30)", "s.pop()", "s.clear()", "s |= {1, 2, 3}", "s ^= {2, i % 11}", "s & {1}", "for x in s: x", "s.update(range(i % 20))", "sorted(s, key=str)", "s.copy()",
          "s == set(s)", "frozenset(s)", "repr(s)", "s - {1}", "i % 30 in s", "s.issubset(range(40))", "s.intersection_update(range(20))"],
    "q": ["q.append(i)", "q.appendleft(i)", "q.pop()", "q.popleft()", "q.rotate(3)", "q.clear()", "for x in q: x", "list(q)", "q.extend([1, 2])", "q.reverse()", "repr(q)", "q.copy()", "q.remove(1)",
          "q[0] = i", "q == q.copy()", "q.insert(1, i)"],
    "b": ["b.append(i % 256)", "b.pop()", "b.extend(b'abc')", "b.clear()", "b[0:2] = b'xyz'", "bytes(b)", "b.reverse()", "b.find(b'a')", "b += b'q'", "del b[::2]", "memoryview(b)[0]", "b.upper()",
          "b *= 2 if len(b) < 100 else 0", "hash(bytes(b))", "b.split(b'a')", "b.insert(0, 1)"],
    "o": ["o.x = i", "o.x", "del o.x", "setattr(o, 'n%d' % (i % 12), i)", "vars(o).clear()", "o.__dict__.update(y=2)", "list(vars(o).items())", "T.attr = i", "del T.attr", "o.attr", "T.method = lambda self: 1",
          "o.method()", "del T.method", "o.__class__ = T if i % 2 else U", "repr(vars(o))", "T.__bases__ = (A,) if i % 2 else (B,)", "o.base", "T.__getattr__ = lambda self, name: 5", "del T.__getattr__",
          "o.__dict__ = {'x': 1}", "hasattr(o, 'n3')"],
    "g": ["next(g)", "g.send(1)", "g.close()", "g.throw(KeyError)", "next(it)", "list(it)", "it = iter(l)", "next(z)", "next(cnt)", "for x in it: x", "next(en)", "it = iter(d)", "it = iter(s)", "next(tee1)", "next(tee2)",
          "it = iter(q)", "lru(i % 40)", "lru.cache_clear()", "next(grp)"],
    "w": ["w = weakref.ref(o)", "w()", "weakref.ref(o, lambda r: l.append(1))", "ws.add(T())", "len(ws)", "wd[i % 5] = T()", "list(wd.items())", "gc.collect()", "o = T()", "o.me = o", "v['k'] = [v]",
          "sys.getrefcount(o)", "weakref.getweakrefs(o)", "list(ws)", "wd.clear()", "D(l)"],
    "t": ["text.write('x')", "text.getvalue()", "text.seek(0)", "text.read(2)", "text.truncate(0)", "raw.write(b'ab')", "raw.getvalue()", "raw.seek(0)", "raw.read(1)", "raw.getbuffer()[0]"],
    "x": ["rnd.random()", "rnd.shuffle(l)", "heapq.heappush(h, i)", "heapq.heappop(h)", "bisect.insort(h, i % 9)", "exec('l.append(1)')", "raise ValueError(l)", "[1 for _ in zip(l, d, s)]", "sys._current_frames()", "e.args = (i,)",
          "e.__traceback__", "e.with_traceback(None)", "re.sub('a', 'b', 'aaa')", "json.dumps(l)", "copy.deepcopy(d)", "sys.exc_info()", "threading.enumerate()", "time.sleep(0)", "lock.acquire(timeout=0.001) and lock.release()"],
}

SETUP = """import bisect, collections, copy, functools, gc, heapq, io, itertools, json, random, re, sys, threading, time, weakref
class A: base = 1
class B: base = 2
class T(A): pass
class U(A): pass
class D:
    def __init__(self, l): self.l = l
    def __del__(self): self.l.append(1)
l, d, s, q, b, o, v = [3, 1, 2], {1: 2, 'a': 3}, {1, 2}, collections.deque([1, 2], 50), bytearray(b'abc'), T(), {}
g, it, z, cnt, en = generator(50), iter(l), zip(l, q), itertools.count(), enumerate(l)
tee1, tee2 = itertools.tee(itertools.count())
grp, h, e, rnd, lock = itertools.groupby(itertools.count()), [], ValueError(1), random.Random(1), threading.Lock()
w, ws, wd, text, raw = weakref.ref(o), weakref.WeakSet(), weakref.WeakValueDictionary(), io.StringIO(), io.BytesIO()
lru = functools.lru_cache(maxsize=8)(lambda n: [n])
try: sys.setswitchinterval(0.00001)
except RuntimeError: pass  # toy switches by other rules
gate = threading.Barrier({threads})
ended = []
"""

CHECK = """
if len(ended) != {threads}: print("threads ended:", len(ended))
for whole in (l, d, s, q, b, h, [*vars(o)]):
    if len(list(whole)) != len(whole): print("broken", type(whole))
if any(k not in d for k in d) or any(x not in s for x in s): print("lost keys")
l.sort(key=lambda x: str(x)); repr([l, d, s, q, b, h]); gc.collect()
print("done")
"""


class Threads:
    """Makes snippets; `rng` decides everything."""

    def __init__(self, rng):
        self.rng = rng

    def snippet(self):
        count = self.rng.randrange(2, 5)
        topics = self.rng.sample(sorted(OPERATIONS), self.rng.randrange(1, 4))
        lines = [SETUP.replace("{threads}", str(count))]
        for number in range(count):
            lines += self.worker(number, [op for topic in topics for op in OPERATIONS[topic]])
        names = ", ".join(f"work{n}" for n in range(count))
        lines += [f"threads = [threading.Thread(target=f, daemon=True) for f in ({names},)]", "for t in threads: t.start()", "for t in threads: t.join(30)"]
        return "\n".join(lines) + CHECK.replace("{threads}", str(count))

    def worker(self, number, operations):
        lines = [f"def work{number}():", "    global l, d, s, q, b, o, it, w", "    gate.wait(20)", f"    for i in range({self.rng.choice([30, 100])}):"]
        for operation in self.rng.choices(operations, k=self.rng.randrange(2, 9)):
            lines += [f"        try:\n            {operation}", "        except Exception: pass", "        if len(l) > 200: l.clear()"]
        return lines + ["    ended.append(1)"]
