//! Character classes: `[...]`.
//! In: tokens behind the bracket. Out: one set, with case folding worked in.
//! Invariant: under IGNORECASE a class is first folded item by item, then unfolded as a whole, negation last.
use super::escape::ClassEscape;
use super::{Parser, Scope};
use crate::charset::CharSet;
use crate::error::Error;
use crate::tokenizer::Token;
use crate::tree::Node;
use crate::unicode::{Category, Fold, ascii_lower, is_cased, lower, lower_pairs, same_upper, unfold};

/// The last code point of CPython's bitmaps for classes; folding is rougher beyond.
const BMP: u32 = 0xffff;

#[derive(Clone, Copy, PartialEq)]
enum Item {
    Literal(u32),
    Range(u32, u32),
    Category(Category, bool),
}

impl Parser<'_> {
    pub(super) fn set(&mut self, scope: Scope) -> Result<Node, Error> {
        let here = self.tokens.tell() - 1;
        if self.tokens.sees('[') {
            self.tokens.warn(true, "Possible nested set", self.tokens.tell());
        }
        let negate = self.tokens.accept('^')?;
        let mut items = vec![];
        loop {
            let this = self.set_token(here)?;
            if this.is(']') && !items.is_empty() {
                break;
            }
            if !items.is_empty() {
                self.warn_operator(this);
            }
            let low = self.set_item(this)?;
            if !self.tokens.accept('-')? {
                items.push(low);
                continue;
            }
            let that = self.set_token(here)?;
            if that.is(']') {
                items.extend([low, Item::Literal(45)]);
                break;
            }
            if that.is('-') {
                self.tokens.warn(true, "Possible set difference", self.tokens.tell() - 2);
            }
            let high = self.set_item(that)?;
            items.push(self.range(low, high, this, that)?);
        }
        Ok(Node::Set(self.build_set(&items, negate, scope)))
    }

    fn set_token(&mut self, here: usize) -> Result<Token, Error> {
        match self.tokens.get()? {
            Some(token) => Ok(token),
            None => Err(self.tokens.error("unterminated character set", self.tokens.tell() - here)),
        }
    }

    fn set_item(&mut self, token: Token) -> Result<Item, Error> {
        let c = match token {
            Token::Char(c) => c,
            Token::Escape(c) => match self.class_escape(c)? {
                ClassEscape::Literal(c) => c,
                ClassEscape::Category(category, negate) => {
                    return Ok(Item::Category(category, negate));
                }
            },
        };
        Ok(Item::Literal(c))
    }

    fn range(&self, low: Item, high: Item, this: Token, that: Token) -> Result<Item, Error> {
        match (low, high) {
            (Item::Literal(lo), Item::Literal(hi)) if lo <= hi => Ok(Item::Range(lo, hi)),
            _ => {
                let msg = format!("bad character range {}-{}", this.text(), that.text());
                Err(self.tokens.error(&msg, this.len() + 1 + that.len()))
            }
        }
    }

    fn warn_operator(&mut self, this: Token) {
        let what = match this.plain() {
            Some('-') => "difference",
            Some('&') => "intersection",
            Some('~') => "symmetric difference",
            Some('|') => "union",
            _ => return,
        };
        if self.tokens.next == Some(this) {
            self.tokens.warn(true, &format!("Possible set {what}"), self.tokens.tell() - 1);
        }
    }

    fn build_set(&self, items: &[Item], negate: bool, scope: Scope) -> CharSet {
        let fold = self.fold(scope);
        let signed = |set: CharSet| if negate { set.negate() } else { set };
        if let Item::Literal(c) = items[0]
            && items.iter().all(|i| *i == items[0])
        {
            return signed(self.literal_set(c, scope));
        }
        let (folded, cased) = self.folded_items(items, fold, scope);
        if cased { unfold(&signed(folded), fold) } else { signed(folded) }
    }

    /// The set that a folded character is tested against, and whether it has to be folded at all.
    fn folded_items(&self, items: &[Item], fold: Fold, scope: Scope) -> (CharSet, bool) {
        let mut ranges = vec![];
        let mut cased = fold == Fold::Locale;
        for &item in items {
            let (lo, hi) = match item {
                Item::Literal(c) => (c, c),
                Item::Range(lo, hi) => (lo, hi),
                Item::Category(category, negate) => {
                    ranges.extend_from_slice(self.category(category, negate, scope).ranges());
                    continue;
                }
            };
            match fold {
                Fold::None | Fold::Locale => ranges.push((lo, hi)),
                Fold::Ascii => cased |= fold_ascii(lo, hi, &mut ranges),
                Fold::Unicode => cased |= fold_range(lo, hi, &mut ranges),
            }
            if matches!(item, Item::Range(..)) && hi > BMP && matches!(fold, Fold::Ascii | Fold::Unicode) {
                cased = true;
                add_lower_of(lo, hi, &mut ranges);
            }
        }
        (CharSet::new(ranges), cased)
    }
}

/// Adds a range in ASCII lowercase; tells whether any of it has case.
fn fold_ascii(lo: u32, hi: u32, ranges: &mut Vec<(u32, u32)>) -> bool {
    let letters = |first: u32, last: u32| lo.max(first)..=hi.min(last);
    let outside = [(lo, hi.min(64)), (lo.max(91), hi)];
    ranges.extend(outside.into_iter().filter(|r| r.0 <= r.1));
    ranges.extend(letters(65, 90).map(|c| (ascii_lower(c), ascii_lower(c))));
    !letters(65, 90).is_empty() || !letters(97, 122).is_empty()
}

/// Adds a range in lowercase, with what shares its uppercase; tells whether any of it has case.
fn fold_range(lo: u32, hi: u32, ranges: &mut Vec<(u32, u32)>) -> bool {
    let mut cased = hi > BMP;
    for c in lo..=hi.min(BMP) {
        let low = lower(c);
        match ranges.last_mut() {
            Some(last) if last.1 + 1 == low => last.1 = low,
            _ => ranges.push((low, low)),
        }
        cased |= is_cased(c);
        ranges.splice(ranges.len() - 1..ranges.len() - 1, same_upper(low).map(|c| (c, c)));
    }
    if hi > BMP {
        ranges.push((lo, hi));
    }
    cased
}

/// Adds the lowercase of what has an uppercase in a range: CPython asks for it beyond U+FFFF, even under ASCII.
fn add_lower_of(lo: u32, hi: u32, ranges: &mut Vec<(u32, u32)>) {
    let upper_inside = lower_pairs().filter(|&(upper, _)| (lo..=hi).contains(&upper));
    ranges.extend(upper_inside.map(|(_, low)| (low, low)));
}
