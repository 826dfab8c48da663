"""Programs of two to four threads that work on the same objects at once.

In: a random generator. Out: snippets that print `done` if every thread ended and the shared objects are still whole. What
the operations do depends on the schedule and is not looked at; that nothing breaks is.
"""

OPERATIONS = {
    "l": ["l.append(i)", "l.pop()", "l.sort()", "l.sort(key=str)", "l.reverse()", "l.clear()", "l.extend(range(5))", "l.insert(0, i)", "l[:] = [1, 2, 3]", "del l[::2]",
          "l += [i]", "l *= 2 if len(l) < 50 else 0", "l.remove(1)", "l.index(3)", "l.copy()", "l == list(l)", "l[0] = l[-1]", "sum(l)", "max(l)", "repr(l)", "for x in l: x + 1",
          "tuple(l)", "l[1:3] = l", "sorted(l)", "3 in l", "list(reversed(l))", "[x for x in l]", "l.count(1)", "','.join(map(str, l))", "l.append(l.pop(0))", "l[i % 7:i % 11] = range(i % 5)", "del l[i % 5:]", "l[::-2]", "l[::3] = l[::3]", "l.__imul__(3)", "l[-1]", "l.insert(-1, i)", "l.extend(x for x in l[:9])", "l.index(1, -5, 9)", "del l[-1]", "l[i % 9]", "a1, *rest = l", "a1, b1, c1 = l[:3]", "min(l, key=str)", "l.sort(reverse=True)", "l.extend(l)", "l[len(l) // 2:] = []", "operator.itemgetter(0, -1)(l)", "any(l)", "l < [1, 2]"],
    "d": ["d[i % 9] = i", "d.pop(i % 9)", "d.popitem()", "d.clear()", "d.update({1: 2, 'x': i})", "d.setdefault(i % 20, [])", "for k in d: d[k]", "list(d.items())", "dict(d)", "d.copy()",
          "d == dict(d)", "repr(d)", "del d[i % 5]", "d |= {i % 7: 1}", "sorted(d, key=str)", "{**d}", "d.get(i % 9)", "i % 9 in d", "d.keys() & {1, 2}", "[*d.values()]", "len(d)", "reversed(d)", "d.update(d.copy())", "d.fromkeys(l)", "dict(zip(l, l))", "d.items() & {(1, 2)}", "d.pop(i % 9, None)", "list(reversed(d.items()))", "d.keys() ^ {1}", "d == {1: 2}", "iter(d.values()).__length_hint__()", "od[i % 9] = i", "od.move_to_end(i % 9)", "od.popitem(last=i % 2)", "od.pop(i % 7)", "list(od.items())", "list(reversed(od))", "od.clear()", "od == od.copy()", "repr(od)", "dd[i % 9].append(i)", "dd.pop(i % 9)", "repr(dd)", "cn[i % 5] += 1", "cn.update(l)", "cn.most_common(2)", "cn - cn", "list(cn.elements())[:50]", "cm['x']", "cm.maps.append({})", "len(cm)", "d | od", "del od[i % 5]", "cn.clear()", "cm.maps.clear()"],
    "s": ["s.add(i % 30)", "s.discard(i % 30)", "s.pop()", "s.clear()", "s |= {1, 2, 3}", "s ^= {2, i % 11}", "s & {1}", "for x in s: x", "s.update(range(i % 20))", "sorted(s, key=str)", "s.copy()",
          "s == set(s)", "frozenset(s)", "repr(s)", "s - {1}", "i % 30 in s", "s.issubset(range(40))", "s.intersection_update(range(20))", "s.difference_update({i % 9})", "s.symmetric_difference_update([1, i % 9])", "s <= set(range(30))", "s.isdisjoint(l)", "s.union(l)", "{x for x in s}", "min(s)", "s.intersection(range(9))", "iter(s).__length_hint__()", "s.difference(s)"],
    "q": ["q.append(i)", "q.appendleft(i)", "q.pop()", "q.popleft()", "q.rotate(3)", "q.clear()", "for x in q: x", "list(q)", "q.extend([1, 2])", "q.reverse()", "repr(q)", "q.copy()", "q.remove(1)",
          "q[0] = i", "q == q.copy()", "q.insert(1, i)", "q[-1]", "del q[i % 4]", "q.extendleft('ab')", "q.index(1)", "q.count(1)", "q += [i]", "q *= 2", "list(reversed(q))", "q.rotate(-i)", "q.maxlen", "q < q.copy()", "1 in q", "q.extend(q)", "q[i % 9]", "q.__init__([1, 2], 50)"],
    "b": ["b.append(i % 256)", "b.pop()", "b.extend(b'abc')", "b.clear()", "b[0:2] = b'xyz'", "bytes(b)", "b.reverse()", "b.find(b'a')", "b += b'q'", "del b[::2]", "memoryview(b)[0]", "b.upper()",
          "b *= 2 if len(b) < 100 else 0", "hash(bytes(b))", "b.split(b'a')", "b.insert(0, 1)", "b[i % 5:i % 9] = b'ab' * (i % 4)", "b[::2] = b'-' * len(b[::2])", "b[-1] = b[0]", "del b[i % 5:]", "b.remove(97)", "b[1:9:3]", "b.translate(bytes(256))", "b.center(i % 40)", "b.partition(b'b')", "b.rstrip(b'c')", "b.splitlines()", "b.hex('-')", "b.decode('latin-1')", "b.replace(b'a', b'bb')", "b.join([b, b])", "b % ()", "int.from_bytes(b, 'big')", "b.count(b'a', 1, 5)", "b.startswith(b'ab')", "b == bytes(b)", "b + b", "list(b)", "97 in b", "b.__init__(b'abc')", "m = memoryview(b); m[1:3] = b'xy'; m.release()", "memoryview(b)[::2].tolist()", "memoryview(b).cast('b')[0]", "struct.pack_into('<hh', b, i % 4, 1, 2)", "struct.unpack_from('<hh', b, i % 4)", "list(struct.iter_unpack('B', b))", "io.BytesIO(b).readinto(b)", "zlib.crc32(b)", "a.append(i)", "a.pop(i % 5)", "a[i % 5:i % 9] = a[:i % 3]", "del a[::2]", "a.extend(range(i % 9))", "a[-1]", "a.tobytes()", "a.frombytes(b'abcd')", "a *= 2 if len(a) < 60 else 0", "a.remove(1)", "a.insert(i % 9, 1)", "a.index(1)", "a[::-1]", "a[::2] = a[::2]", "a.byteswap()", "sum(a)", "memoryview(a)[0] = 1", "a + a", "a.fromlist([1, 2])", "array.array('h', a)", "mm[i % 5000]", "mm[i % 90:i % 99] = b'a' * (i % 99 - i % 90)", "mm.seek(i % 9)", "mm.readline()", "mm.write(b'ab')", "mm.find(b'a')", "mm.resize(4096 * (i % 3 + 1))", "memoryview(mm)[3:9].tobytes()", "mm.move(0, 9, 9)"],
    "o": ["o.x = i", "o.x", "del o.x", "setattr(o, 'n%d' % (i % 12), i)", "vars(o).clear()", "o.__dict__.update(y=2)", "list(vars(o).items())", "T.attr = i", "del T.attr", "o.attr", "T.method = lambda self: 1",
          "o.method()", "del T.method", "o.__class__ = T if i % 2 else U", "repr(vars(o))", "T.__bases__ = (A,) if i % 2 else (B,)", "o.base", "T.__getattr__ = lambda self, name: 5", "del T.__getattr__",
          "o.__dict__ = {'x': 1}", "hasattr(o, 'n3')", "o.__slots__", "p.x = i", "p.x", "del p.x", "T.prop", "T.prop = property(lambda self: 3)", "o.prop", "T.__eq__ = lambda self, other: True", "o == o", "del T.__eq__", "isinstance(o, B)", "T.mro()", "T.__subclasses__()", "type('Z', (T,), {})()", "functools.partial(o.method)()", "cell()", "cell2(i)", "f1.__defaults__ = (i,)", "f1()", "f1.__code__ = f2.__code__", "f1.__dict__[i % 5] = 1", "T.__dict__.get('attr')", "super(T, o).base", "o.__init_subclass__()", "dir(o)", "T.__name__ = 'T%d' % i", "copy.copy(o)", "pickle.dumps(vars(o))", "o.__reduce_ex__(2)", "del o.__dict__", "T.__hash__ = None if i % 2 else object.__hash__", "hash(o)"],
    "g": ["next(g)", "g.send(1)", "g.close()", "g.throw(KeyError)", "next(it)", "list(it)", "it = iter(l)", "next(z)", "next(cnt)", "for x in it: x", "next(en)", "it = iter(d)", "it = iter(s)", "next(tee1)", "next(tee2)",
          "it = iter(q)", "lru(i % 40)", "lru.cache_clear()", "next(grp)", "next(perm)", "next(prod)", "next(comb)", "next(isl)", "next(acc)", "next(chn)", "next(cyc)", "next(pw)", "next(zl)", "next(rev)", "next(rng)", "next(co)", "list(itertools.islice(g, 3))", "next(batched)", "copy.copy(it)", "it.__length_hint__()", "it.__reduce__()", "rng.__setstate__(i)", "it.__setstate__(i % 5)", "g.gi_frame", "yf.send(None)", "yf.throw(ValueError)", "next(yf)", "yf.close()", "yf = delegating(g)", "chn = itertools.chain(l, q)", "rev = reversed(l)", "rng = iter(range(99))", "perm = itertools.permutations(range(5))", "comb = itertools.combinations(range(9), 3)", "prod = itertools.product(range(5), repeat=3)", "cyc = itertools.cycle(l)", "next(flt)", "next(mp)", "next(call)", "call = iter(lambda: i % 3, 2)"],
    "w": ["w = weakref.ref(o)", "w()", "weakref.ref(o, lambda r: l.append(1))", "ws.add(T())", "len(ws)", "wd[i % 5] = T()", "list(wd.items())", "gc.collect()", "o = T()", "o.me = o", "v['k'] = [v]",
          "sys.getrefcount(o)", "weakref.getweakrefs(o)", "list(ws)", "wd.clear()", "D(l)", "weakref.proxy(o).x", "weakref.finalize(T(), l.append, 1)", "wk[T()] = i", "list(wk.keys())", "wk.get(o)", "weakref.WeakMethod(T().__repr__)()", "del o", "D(l).me", "fz.alive", "fz()", "x1 = D(l); x1.me = x1", "gc.get_referrers(o)[:0]", "gc.get_count()", "gc.freeze(); gc.unfreeze()", "w == weakref.ref(o)", "hash(w)", "wd.popitem()", "ws.pop()", "ws |= {T()}", "copy.copy(wd)"],
    "t": ["text.write('x')", "text.getvalue()", "text.seek(0)", "text.read(2)", "text.truncate(0)", "raw.write(b'ab')", "raw.getvalue()", "raw.seek(0)", "raw.read(1)", "raw.getbuffer()[0]", "text.readline()", "text.readlines()", "text.tell()", "text.truncate(i % 9)", "list(text)", "raw.readline()", "raw.readlines()", "raw.truncate(i % 9)", "raw.readinto(bytearray(3))", "with raw.getbuffer() as v1: v1[:1] = v1[1:2]", "raw.seek(i % 9, 1)", "text.seek(0, 2)", "file.readline()", "file.read(i % 9)", "file.seek(0)", "next(file)", "file.tell()", "bfile.read(i % 9)", "bfile.seek(i % 9)", "bfile.write(b'ab')", "bfile.peek()", "bfile.readline()", "bfile.flush()", "bfile.truncate()", "print(i, file=text)", "text.__getstate__()", "raw.__setstate__((b'abc', 1, None))", "text.__init__('abc')", "raw.close(); raw = io.BytesIO(b'ab')", "tw.write('ä')", "tw.readline()", "tw.seek(0)", "tw.flush()"],
    "x": ["rnd.random()", "rnd.shuffle(l)", "heapq.heappush(h, i)", "heapq.heappop(h)", "bisect.insort(h, i % 9)", "exec('l.append(1)')", "raise ValueError(l)", "[1 for _ in zip(l, d, s)]", "sys._current_frames()", "e.args = (i,)",
          "e.__traceback__", "e.with_traceback(None)", "re.sub('a', 'b', 'aaa')", "json.dumps(l)", "copy.deepcopy(d)", "sys.exc_info()", "threading.enumerate()", "time.sleep(0)", "lock.acquire(timeout=0.001) and lock.release()", "heapq.heapify(h)", "heapq.heappushpop(h, i)", "heapq.heapreplace(h, i)", "heapq.nlargest(2, h)", "heapq.heappush(h, (i, 'a'))", "h.clear()", "sq.put(i)", "sq.get_nowait()", "fq.put_nowait(i)", "fq.get_nowait()", "fq.task_done()", "ev.set()", "ev.clear()", "ev.wait(0)", "sem.acquire(blocking=False)", "sem.release()", "rl.acquire(blocking=False) and rl.release()", "cond.acquire(timeout=0.001) and (cond.notify_all(), cond.release())", "local.x = i; local.x", "e.add_note('x')", "e.__cause__ = e", "str(e)", "raise e", "sys.intern('a%d' % i)", "rnd.getrandbits(70)", "rnd.seed(i)", "rnd.setstate(rnd.getstate())", "rnd.sample(range(9), 3)", "pat.sub('x', 'aab')", "list(pat.finditer('aab'))", "re.compile('a{%d}' % (i % 30 + 1))", "json.loads('[1, {}]')", "pickle.loads(pickle.dumps(l))", "pickle.dumps([d, s])", "copy.copy(q)", "ctx.run(var.get)", "var.set(i)", "contextvars.copy_context()[var]", "traceback.format_exc()", "inspect.signature(f1)", "hashlib_obj.update(b'a')", "hashlib_obj.hexdigest()", "zc.compress(b'abc')", "csvw.writerow(l)", "decimal.getcontext().prec = i % 20 + 1", "decimal.Decimal(1) / 3", "fut.add_done_callback(lambda f: 1)", "fut.done()", "fut.set_result(1)", "'%s' % l", "f'{l!r:>5}'", "str.join('', l)", "compile('x = 1', 'f', 'exec')", "time.strftime('%H')", "sys.settrace(None)", "threading.settrace(None)", "sys.setrecursionlimit(1000 + i)", "warnings.catch_warnings()", "poll.register(0)", "poll.unregister(0)", "poll.poll(0)"],
}

SETUP = """import array, bisect, collections, concurrent.futures, contextvars, copy, csv, decimal, functools, gc, hashlib, heapq, inspect, io, itertools, json, mmap, operator
import pickle, queue, random, re, select, struct, sys, tempfile, threading, time, traceback, warnings, weakref, zlib
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
od, dd, cn, cm = collections.OrderedDict(), collections.defaultdict(list), collections.Counter(), collections.ChainMap(d)
a, mm, pat = array.array('h', range(9)), mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), re.compile('a+')
class P: __slots__ = ('x', '__weakref__')
p, wk, fz = P(), weakref.WeakKeyDictionary(), weakref.finalize(o, l.append, 2)
def cell():
    n = []
    def grow():
        nonlocal n
        n = [n, 1][-1:]
        return n
    return grow
cell, held = cell(), [0]
def cell2(i): held[0] = [i]
def f1(x=1): return x
def f2(x=2): return [x]
def delegating(g): yield from g
yf, perm, prod, comb = delegating(generator(50)), itertools.permutations(range(6)), itertools.product(range(5), repeat=3), itertools.combinations(range(9), 3)
isl, acc, chn, cyc = itertools.islice(itertools.count(), 0, None, 2), itertools.accumulate(itertools.count()), itertools.chain(l, q), itertools.cycle([1, 2])
pw, zl, rev, rng = itertools.pairwise(itertools.count()), itertools.zip_longest(l, q), reversed(l), iter(range(500))
co, flt, mp, call = itertools.compress(itertools.count(), itertools.cycle([0, 1])), filter(None, itertools.count()), map(str, itertools.count()), iter(lambda: 1, 2)
batched = itertools.starmap(max, itertools.repeat((1, 2)))
file, bfile = tempfile.TemporaryFile('w+'), tempfile.TemporaryFile('w+b')
file.write('one\\ntwo ä\\n' * 50), file.seek(0), bfile.write(b'one\\ntwo\\n' * 50)
tw = io.TextIOWrapper(io.BytesIO(b'abc\\n' * 50), 'utf-8')
sq, fq, ev, sem, rl, cond, local = queue.SimpleQueue(), queue.Queue(9), threading.Event(), threading.Semaphore(2), threading.RLock(), threading.Condition(), threading.local()
var = contextvars.ContextVar('var', default=1)
ctx, fut, poll, hashlib_obj, zc, csvw = contextvars.copy_context(), concurrent.futures.Future(), select.poll(), hashlib.sha1(), zlib.compressobj(), csv.writer(io.StringIO())
try: sys.setswitchinterval(0.00001)
except RuntimeError: pass  # toy switches by other rules
gate = threading.Barrier({threads})
ended = []
"""

CHECK = """
if len(ended) != {threads}: print("threads ended:", len(ended))
for whole in (l, d, s, q, b, h, a, od, dd, cn):
    if len(list(whole)) != len(whole): print("broken", type(whole))
if any(k not in d for k in d) or any(x not in s for x in s): print("lost keys")
l.sort(key=lambda x: str(x)); repr([l, d, s, q, b, h, a, od, dd, cn]); gc.collect(); sys.setrecursionlimit(1000)
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
        lines = [f"def work{number}():", "    global l, d, s, q, b, o, it, w, a, raw, ws, yf, chn, rev, rng, perm, comb, prod, cyc, call", "    gate.wait(20)", f"    for i in range({self.rng.choice([30, 100])}):"]
        for operation in self.rng.choices(operations, k=self.rng.randrange(2, 9)):
            lines += [f"        try:\n            {operation}", "        except Exception: pass"]
        # Another thread may have a view of it: BufferError.
        lines.append("        for big in (l, q, b, a, h):\n            try:\n                if len(big) > 200: big.clear() if hasattr(big, 'clear') else big.__delitem__(slice(None))\n            except BufferError: pass")
        return lines + ["    ended.append(1)"]
