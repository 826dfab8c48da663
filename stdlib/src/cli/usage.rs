//! What the command line says of itself.
//!
//! In: nothing. Out: texts. The one invariant: `--help` shows every option that is read, with examples that work.

use super::options::Refusal;
use std::ffi::OsStr;

const HELP: &str = "\
usage: toy [option] ... [-c cmd | -m mod | file | -] [arg] ...
       toy tokens|ast|dis FILE

Runs a toy program: a strict subset of Python 3.11.

Programs:
  file           run a file (a folder or package is run by its __main__.toy)
  -c cmd         run a program given as text
  -m mod         run a module found on sys.path, as a program
  -              run what standard input has; without a program and at a
                 terminal, talk
  tokens FILE    show a file's tokens, one a line
  ast FILE       show its tree
  dis FILE       show its bytecode, with the switch points

Options:
  --gil POLICY   when threads are switched: ticks:N[,thread][,fair],
                 interval:TIME[,noforce], pypy:N, ruby:TIME, ocaml:TIME,
                 prio[:TIME], coop; ticks:100 if nothing is said
  --switch-points PLACE
                 where: opcode, branch or call
  --era ERA      both, as CPython had them: 1.5, 2.7, 3.2, 3.10, 3.11, 3.14
  --gil-stats[=json]
                 show the ledger of every thread at the end, on stderr
  -i             talk after the program has ended
  -q             no banner
  -u             stdout and stderr are not buffered
  -O             drop assert statements, __debug__ is False; -OO docstrings too
  -W arg         a warnings filter: action:message:category:module:lineno
  -X opt         faulthandler, importtime, dev, utf8, gil=0|1 or any name for
                 sys._xoptions
  -E             ignore TOYPATH and other variables
  -P             do not put the program's folder in front of sys.path
  -I             both, and more: isolated
  -b             warn when bytes are compared with text; -bb: an error
  -x             skip the program's first line
  -B -d -s -S -v
                 accepted as python3 does
  -V, --version  the version; -VV tells more
  -h, --help     this text

Environment:
  TOYPATH        folders in which modules are looked for, separated by colons
  TOY_GIL        0 or 1 as -X gil, or a policy as --gil
  TOY_ERA        an era as --era

Examples:
  toy hello.toy one two
  toy -c 'print(sum(range(10)))'
  echo 'print(input())' > ask.toy; echo hi | toy ask.toy
  toy dis hello.toy
  toy --era 2.7 --gil-stats race.toy
";

pub fn help() -> String {
    HELP.to_owned()
}

pub fn version(long: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let kind = if interpreter::sync::is_free() { "without a GIL" } else { "with a GIL" };
    if long { format!("toy {version} (Python 3.11, {kind})\n") } else { format!("toy {version}\n") }
}

/// A mistake in the options.
pub fn mistake(message: &str) -> Refusal {
    Refusal::Mistake(format!(
        "{message}\nusage: toy [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `toy -h' for more information.\n"
    ))
}

pub fn unknown(word: &OsStr) -> Refusal {
    mistake(&format!("unknown option {}", word.display()))
}
