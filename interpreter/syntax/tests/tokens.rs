//! Tokens of small texts, and what lines and brackets make of them.
//!
//! In: texts. Out: kinds of tokens. The one invariant: a token's text is the stretch of source that it covers.

use toy_syntax::token::Tok;
use toy_syntax::{Source, tokens};

/// The tokens' texts where they have one, else their kinds.
fn lexed(text: &str) -> Vec<String> {
    let source = Source::new("<string>", text);
    let show = |token: &toy_syntax::token::Token| {
        let text = &source.text[token.start as usize..token.end as usize];
        let bare = matches!(
            token.kind,
            Tok::Newline | Tok::Indent | Tok::Dedent | Tok::End | Tok::Match | Tok::Case | Tok::WithParen
        );
        if bare { format!("{:?}", token.kind) } else { text.to_string() }
    };
    tokens(&source).expect("a correct text").iter().map(show).collect()
}

fn check(text: &str, expected: &str) {
    assert_eq!(lexed(text).join(" "), expected, "{text:?}");
}

#[test]
fn operators_are_as_long_as_they_can_be() {
    check("a**=b//=c>>=d<<=e", "a **= b //= c >>= d <<= e Newline End");
    check("x:=y->z...w..v", "x := y -> z ... w . . v Newline End");
    check("a<>b!=c", "a <> b != c Newline End");
}

#[test]
fn numbers_end_where_pythons_do() {
    check("1..real 1.e5 .5.x 1_0.0_1 0xFFor 0b1_0", "1. . real 1.e5 .5 . x 1_0.0_1 0xFF or 0b1_0 Newline End");
    check("1if 2else 3", "1 if 2 else 3 Newline End");
    check("0 00 0_0 1e10 1E+5 1e-5", "0 00 0_0 1e10 1E+5 1e-5 Newline End");
}

#[test]
fn strings_keep_their_prefixes_and_quotes() {
    check(r#"rb'\'' Rb"x" u'' f'{a}' 'a\'b'"#, r#"rb'\'' Rb"x" u'' f'{a}' 'a\'b' Newline End"#);
    check("'''a\n'b''' \"\"\"\"x\\\"\"\"\"", "'''a\n'b''' \"\"\"\"x\\\"\"\"\" Newline End");
    check("ub'x' br'y'", "ub 'x' br'y' Newline End");
}

#[test]
fn blocks_open_and_close() {
    check("if a:\n  b\n\n  # c\n  d\ne", "if a : Newline Indent b Newline d Newline Dedent e Newline End");
    check("a:\n b:\n  c", "a : Newline Indent b : Newline Indent c Newline Dedent Dedent End");
    check("if a:\n\tb\n\n", "if a : Newline Indent b Newline Dedent End");
}

#[test]
fn lines_are_joined() {
    check("(a,\n  b)\nc", "( a , b ) Newline c Newline End");
    check("a + \\\n  b\n", "a + b Newline End");
    check("[\n# c\n]\n", "[ ] Newline End");
    check("\n\n  \n# c\n\x0ca", "a Newline End");
}

#[test]
fn soft_keywords_are_names_but_where_they_are_not() {
    check("match = 1", "match = 1 Newline End");
    check("match(x)", "match ( x ) Newline End");
    check("match[x]: int", "match [ x ] : int Newline End");
    check("match (x):\n case _: y\n", "Match ( x ) : Newline Indent Case _ : y Newline Dedent End");
    check("match -x:\n case case: y", "Match - x : Newline Indent Case case : y Newline Dedent End");
    check("case(x)", "case ( x ) Newline End");
    check("print(match, case)", "print ( match , case ) Newline End");
}

#[test]
fn the_parenthesis_around_with_items_is_marked() {
    check("with (a, b): c", "with WithParen a , b ) : c Newline End");
    check("with (a as b): c", "with WithParen a as b ) : c Newline End");
    check("with (a, b) as c: d", "with ( a , b ) as c : d Newline End");
    check("with (yield): c", "with ( yield ) : c Newline End");
    check("with (a), (b): c", "with ( a ) , ( b ) : c Newline End");
    check("with (x for x in y): c", "with ( x for x in y ) : c Newline End");
}

#[test]
fn identifiers_may_be_of_any_script() {
    check("größe = Ελλάδα + 名前", "größe = Ελλάδα + 名前 Newline End");
}
