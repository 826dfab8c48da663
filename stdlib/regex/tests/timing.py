"""Compares examples/timing.rs with python3's re: python3 timing.py PROGRAM, which makes the text, runs both, prints ratios."""
import os
import random
import re
import subprocess
import sys
import tempfile
import time

WORDS = """the of and to in a is that it was for on are with as his they be at one have this from or had by word but what some we
can out other were all there when up use your how said an each she which do their time if will way about many then them write would
like so these her long make thing see him two has look more day could go come did number sound no most people my over know water
than call first who may down side been now find Sherlock Holmes Watson London Monday Friday abacus cdef running thinking something
beginning string x=1; key = value, foo@example.com 192.168.0.1 2023-11-05 3.14e-10 "quoted text" <b>bold</b> <i class="x">it</i>
https://example.org/path/to?x=1 http://test.com aa-aa tick-tick 12 345 6789 +7 xxxxxxxx""".split()


def make_text(size):
    rng = random.Random(7)
    parts, total, column = [], 0, 0
    while total < size:
        word = rng.choice(WORDS)
        end = rng.choice([" "] * 8 + [", ", ". ", "\n" if column > 60 else " "])
        column = 0 if end == "\n" else column + len(word) + 1
        parts.append(word + end)
        total += len(parts[-1])
    return "".join(parts)


def timed(pattern, text):
    best = 1e9
    for _ in range(3):
        start = time.perf_counter()
        n = len(pattern.findall(text))
        best = min(best, time.perf_counter() - start)
    return best * 1e3, n


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    cases = os.path.join(here, "timing.txt")
    text = make_text(1_000_000)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        ours = subprocess.run([sys.argv[1], cases, file.name], capture_output=True, text=True, check=True).stdout.splitlines()
    lines = [line.rstrip("\n") for line in open(cases) if not line.startswith("#")]
    ratios = []
    for line, our in zip(lines, ours):
        flags, width, source = line.split(" ", 2)
        subject = text if width == "1" else "\u0436" + text
        theirs, n = timed(re.compile(source, int(flags)), subject)
        mine, m, _ = our.split(" ", 2)
        ratios.append(theirs / float(mine))
        note = "" if abs(n - int(m)) <= (width == "2") else f"  MATCHES DIFFER {n} {m}"
        print(f"{ratios[-1]:7.2f}x  python {theirs:8.2f} ms  toy {float(mine):8.2f} ms  {width} {source}{note}")
    product = 1.0
    for ratio in ratios:
        product *= ratio
    print(f"geometric mean {product ** (1 / len(ratios)):.2f}x, worst {min(ratios):.2f}x")


main()
