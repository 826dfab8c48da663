"""Runs batches of snippets under both interpreters and tells where they differ.

In: snippets (source text). Out: `Finding`s. The one invariant: what python3 itself does not answer twice in the same way,
or not in time, is no finding.
"""

import os
import re
import resource
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DRIVER = (HERE / "driver.toy").read_text()
MEMORY = 8 << 30
PATIENCE = 20  # seconds for a batch


@dataclass
class Finding:
    """A snippet on which the interpreters differ; `kind` is crash, hang or differs."""

    kind: str
    signature: str
    snippet: str
    python: str
    toy: str


@dataclass
class Run:
    """What a process printed for each snippet that it finished, and how it ended."""

    outputs: dict
    last: int
    status: str  # "end", "timeout", or what is known of a death
    errors: str = ""


class Harness:
    def __init__(self, toy, python, threshold=None, patience=PATIENCE):
        self.toy, self.python, self.threshold, self.patience = toy, python, threshold, patience

    def compare(self, snippets):
        """All findings of one batch, and how many snippets were compared."""
        expected = self.run_to_the_end(self.python, snippets)
        snippets = [s for i, s in enumerate(snippets) if i in expected]
        expected = list(expected.values())
        findings, first = [], 0
        while first < len(snippets):
            run = self.run(self.toy, snippets, first)
            for i, text in run.outputs.items():
                if text != expected[i]:
                    kind = "hang" if "Fuel 'alarm'" in text else "differs"
                    findings.append(Finding(kind, signature(snippets[i], expected[i], text), snippets[i], expected[i], text))
            first = run.last + 1
            if run.status != "end" and run.last >= 0:
                findings.append(self.death(run, snippets[run.last], expected[run.last]))
        return findings, len(snippets)

    def confirmed(self, finding):
        """The same finding from the snippet on its own, or None."""
        findings, _ = self.compare([finding.snippet])
        return next((f for f in findings if f.kind == finding.kind), None)

    def death(self, run, snippet, expected):
        kind = "hang" if run.status == "timeout" else "crash"
        panic = re.search(r"panicked at (.*)\n(.*)", run.errors)
        where = f"{panic[1]} {panic[2]}" if panic else run.status
        name = where if panic else where + " " + topic(snippet)
        return Finding(kind, f"{kind}: {blur(name) if not panic else name}", snippet, expected, where + "\n" + run.errors[-1500:])

    def run_to_the_end(self, interpreter, snippets):
        """Output by number, without snippets that kill the interpreter or take too long."""
        outputs, first = {}, 0
        while first < len(snippets):
            run = self.run(interpreter, snippets, first)
            outputs.update((i, text) for i, text in run.outputs.items() if "Fuel 'alarm'" not in text)
            if run.status == "end":
                break
            outputs.pop(run.last, None)
            first = run.last + 1
        return outputs

    def run(self, interpreter, snippets, first):
        text = f"{DRIVER}\n\nSNIPPETS = [\n" + "".join(f"{s!a},\n" for s in snippets)
        text += f"]\nrun_all(SNIPPETS, {first}, {self.threshold!r})\n"
        status, out, errors = self.execute(interpreter, text)
        outputs = split(out)
        last = max(outputs, default=first)
        if status == "end" or out.endswith("@@ end\n"):
            return Run(outputs, len(snippets), "end", errors)
        outputs.pop(last, None)
        return Run(outputs, last, status, errors)

    def execute(self, interpreter, text, name="fuzz.toy"):
        """Status, standard output and standard error of a program in an empty directory."""
        with tempfile.TemporaryDirectory(prefix="toy-fuzz-") as folder:
            Path(folder, name).write_text(text)
            out, err = Path(folder, "out"), Path(folder, "err")
            with out.open("wb") as o, err.open("wb") as e:
                process = subprocess.Popen([interpreter, name], cwd=folder, stdin=subprocess.DEVNULL, stdout=o, stderr=e,
                                           env=ENVIRONMENT, preexec_fn=limit)
                try:
                    code = process.wait(self.patience)
                    status = "end" if code == 0 else f"died with {signal.Signals(-code).name if code < 0 else code}"
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    status = "timeout"
            return status, read(out), read(err)


def read(path, most=4 << 20):
    with path.open("rb") as file:
        return file.read(most).decode("utf-8", "backslashreplace")


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


ENVIRONMENT = dict(PATH=os.environ["PATH"], PYTHONUTF8="1", PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8", TZ="UTC",
                   COLUMNS="80", PYTHONHASHSEED="0", RUST_BACKTRACE="0")


def split(out):
    """Output by snippet number; addresses are blurred."""
    parts = re.split(r"^@@ (\d+|end)\n", out, flags=re.M)
    texts = zip(parts[1::2], parts[2::2])
    return {int(n): re.sub(r"( at |^)0x[0-9a-f]+", r"\1 0x", text) for n, text in texts if n != "end"}


def signature(snippet, expected, got):
    """What is likely the same for findings with one cause."""
    for a, b in zip(expected.splitlines() + [""], got.splitlines() + [""]):
        if a != b:
            if snippet.startswith("compiled("):
                return compiled_signature(a, b)
            if a.startswith("raised") and b.startswith("raised"):
                return f"{blur(a)[:140]} <> {blur(b)[:140]}"
            return f"{topic(snippet)}: {blur(a)[:60]} <> {blur(b)[:60]}"
    return topic(snippet) + ": lines missing"


def compiled_signature(a, b):
    """The messages, or else the number of the first field that differs."""
    one, other = (re.fullmatch(r"(\w+ (?:'.*?'|\".*?\")) (\S+) (\S+) (\S+) (\S+) (.*)", line) for line in (a, b))
    if not one or not other or one[1] != other[1]:
        return f"{blur(one[1] if one else a)} <> {blur(other[1] if other else b)}"
    field = next(i for i in range(2, 7) if one[i] != other[i])
    return f"{blur(one[1])}: {('line', 'offset', 'end line', 'end offset', 'text')[field - 2]}"


def topic(snippet):
    """The method, function or operator that a snippet is about."""
    found = re.search(r"\b(?:type\(.*\)|r|math|[a-z_]+)\.(\w+)", snippet) or re.search(r"show\((\w+)\(", snippet)
    return found[0] if found else snippet.rstrip().rpartition("\n")[2][:30]


def blur(text):
    text = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: m[0] if re.fullmatch(r".[\w .]{1,25}.", m[0]) and " " in m[0] else "'..'", text) if not text.startswith("raised") else text
    text = re.sub(r"\\+'[^']{0,40}'", "''", text)
    text = re.sub(r"\[[\d, ]*\]$", "", text)
    return re.sub(r"-?\d+", "N", text)
