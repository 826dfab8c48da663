//! Bytes to objects.
//!
//! In: a pickle that `scan` has seen. Out: its object, or what toy code raised. The one invariant: no argument reaches behind the
//! data; what a pickle does wrong with the stack or the memo is an UnpicklingError.

mod object;

use super::opcode::*;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::list::List;
use interpreter::objects::set::Set;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use num_bigint::BigInt;
use toy_text::codecs::{self, Codec, ErrorHandler};

/// What the module written in toy lends: where globals are found, how an object gets its state, lists and dicts that are none
/// get their items, and an object is made by its class; and UnpicklingError.
struct Tools {
    find_class: Value,
    build: Value,
    extend: Value,
    set_items: Value,
    add_items: Value,
    new_object: Value,
    error: Value,
}

struct Loader<'a> {
    data: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    tools: Tools,
    /// Whether a program listens to what is looked up.
    audited: bool,
}

/// The object of a pickle.
pub fn loads(h: &mut Held, data: &[u8], tools: &Value) -> R {
    let Some([find_class, build, extend, set_items, add_items, new_object, error]) =
        tools.downcast::<Tuple>().map(|tools| tools.items())
    else {
        return Err(h.type_error("loads() needs seven tools"));
    };
    let tools = Tools {
        find_class: find_class.clone(),
        build: build.clone(),
        extend: extend.clone(),
        set_items: set_items.clone(),
        add_items: add_items.clone(),
        new_object: new_object.clone(),
        error: error.clone(),
    };
    let mut loader = Loader {
        data,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
        tools,
        audited: crate::sys_::is_audited(h),
    };
    loop {
        let code = loader.take(1).first().copied().unwrap_or(STOP);
        if code == STOP {
            return loader.pop(h);
        }
        loader.step(h, code)?;
    }
}

impl<'a> Loader<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let end = self.at.saturating_add(len).min(self.data.len());
        let taken = &self.data[self.at..end];
        self.at = end;
        taken
    }

    /// A number, little end first.
    fn number(&mut self, width: usize) -> u64 {
        self.take(width).iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    }

    fn sized(&mut self, width: usize) -> &'a [u8] {
        let len = self.number(width);
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn line(&mut self) -> &'a [u8] {
        let rest = &self.data[self.at..];
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = (self.at + len + 1).min(self.data.len());
        &rest[..len]
    }

    #[cold]
    fn fail(&self, h: &mut Held, message: &str) -> Raised {
        let message = h.new_str(message);
        match h.call(&self.tools.error, &[message]) {
            Ok(error) => Raised::new(error),
            Err(raised) => raised,
        }
    }

    /// Where the stack ends downwards: what is below belongs to a mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self, h: &mut Held) -> R {
        let item = if self.stack.len() > self.floor() { self.stack.pop() } else { None };
        item.ok_or_else(|| self.underflow(h))
    }

    fn top(&self, h: &mut Held) -> R {
        let item = if self.stack.len() > self.floor() { self.stack.last() } else { None };
        item.cloned().ok_or_else(|| self.underflow(h))
    }

    #[cold]
    fn underflow(&self, h: &mut Held) -> Raised {
        let message = if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        self.fail(h, message)
    }

    /// What was made since the last mark.
    fn pop_mark(&mut self, h: &mut Held) -> R<Vec<Value>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark.min(self.stack.len()))),
            None => Err(self.fail(h, "could not find MARK")),
        }
    }

    fn put(&mut self, h: &mut Held, number: usize) -> R<()> {
        let top = self.top(h)?;
        if number > self.data.len() {
            // Numbers are given one after the other; such a one is a mistake, not worth its memory.
            return Err(h.memory_error());
        }
        if self.memo.len() <= number {
            self.memo.resize(number + 1, None);
        }
        self.memo[number] = Some(top);
        Ok(())
    }

    fn get(&mut self, h: &mut Held, number: usize) -> R<()> {
        match self.memo.get(number).cloned().flatten() {
            Some(value) => self.stack.push(value),
            None => return Err(self.fail(h, &format!("Memo value not found at index {number}"))),
        }
        Ok(())
    }

    fn step(&mut self, h: &mut Held, code: u8) -> R<()> {
        let made = match code {
            PROTO | FRAME => {
                self.take(if code == PROTO { 1 } else { 8 });
                return Ok(());
            }
            MARK => {
                self.marks.push(self.stack.len());
                return Ok(());
            }
            MEMOIZE => return self.put(h, self.memo.len()),
            BINPUT | LONG_BINPUT => {
                let number = self.number(if code == BINPUT { 1 } else { 4 });
                return self.put(h, number as usize);
            }
            BINGET | LONG_BINGET => {
                let number = self.number(if code == BINGET { 1 } else { 4 });
                return self.get(h, number as usize);
            }
            POP | POP_MARK | APPEND | APPENDS | SETITEM | SETITEMS | ADDITEMS | BUILD => return self.change(h, code),
            NONE => Value::NONE,
            NEWTRUE => Value::TRUE,
            NEWFALSE => Value::FALSE,
            BININT1 => h.new_int(self.number(1) as i64),
            BININT2 => h.new_int(self.number(2) as i64),
            BININT => h.new_int((self.number(4) as u32 as i32).into()),
            LONG1 | LONG4 => {
                let bytes = self.sized(if code == LONG1 { 1 } else { 4 });
                h.int_from_big(BigInt::from_signed_bytes_le(bytes))
            }
            BINFLOAT => {
                let bits = self.take(8).iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
                h.new_float(f64::from_bits(bits))
            }
            SHORT_BINUNICODE => self.text(h, 1)?,
            BINUNICODE => self.text(h, 4)?,
            BINUNICODE8 => self.text(h, 8)?,
            SHORT_BINBYTES => h.new_bytes(self.sized(1)),
            BINBYTES => h.new_bytes(self.sized(4)),
            BINBYTES8 => h.new_bytes(self.sized(8)),
            BYTEARRAY8 => h.new_bytearray(self.sized(8).to_vec()).into_value(),
            DUP => self.top(h)?,
            _ => self.make(h, code)?,
        };
        self.stack.push(made);
        Ok(())
    }

    fn text(&mut self, h: &mut Held, width: usize) -> R {
        let bytes = self.sized(width);
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(h.new_str(text));
        }
        match codecs::decode(Codec::Utf8, bytes, ErrorHandler::SurrogatePass, true) {
            Ok(decoded) => Ok(h.str_from_owned(&decoded.text)),
            Err(error) => Err(crate::io::path::decode_error(h, bytes, &error)),
        }
    }

    /// What is made of other things.
    fn make(&mut self, h: &mut Held, code: u8) -> R {
        match code {
            EMPTY_TUPLE => Ok(h.new_tuple(Vec::new())),
            TUPLE1 | TUPLE2 | TUPLE3 => {
                let mut items = Vec::new();
                for _ in 0..=code - TUPLE1 {
                    items.push(self.pop(h)?);
                }
                items.reverse();
                Ok(h.new_tuple(items))
            }
            TUPLE => {
                let items = self.pop_mark(h)?;
                Ok(h.new_tuple(items))
            }
            EMPTY_LIST => Ok(h.new_list(Vec::new())),
            EMPTY_DICT => Ok(h.new_dict().into_value()),
            EMPTY_SET => h.new_set(Vec::new()),
            FROZENSET => {
                let items = self.pop_mark(h)?;
                let list = h.new_list(items);
                let class = core().frozenset.value().clone();
                h.call(&class, &[list])
            }
            GLOBAL | STACK_GLOBAL => self.global(h, code),
            REDUCE => {
                let (args, function) = (self.pop(h)?, self.pop(h)?);
                match args.downcast::<Tuple>() {
                    Some(args) => h.call(&function, args.items()),
                    None => Err(h.type_error("argument list must be a tuple")),
                }
            }
            NEWOBJ | NEWOBJ_EX => {
                let kwargs = if code == NEWOBJ_EX { self.pop(h)? } else { Value::NONE };
                let (args, class) = (self.pop(h)?, self.pop(h)?);
                self.new_object(h, class, args, kwargs)
            }
            _ => Err(self.fail(h, &format!("invalid load key, '\\x{code:02x}'."))),
        }
    }

    fn global(&mut self, h: &mut Held, code: u8) -> R {
        let (module, name) = if code == STACK_GLOBAL {
            let name = self.pop(h)?;
            (self.pop(h)?, name)
        } else {
            let mut words = Vec::new();
            for _ in 0..2 {
                let line = self.line();
                let text = std::str::from_utf8(line).map(|text| h.new_str(text));
                words.push(text.map_err(|_| self.fail(h, "a global's name is no UTF-8"))?);
            }
            let name = words.pop().unwrap_or(Value::NONE);
            (words.pop().unwrap_or(Value::NONE), name)
        };
        if module.downcast::<Str>().is_none() || name.downcast::<Str>().is_none() {
            return Err(self.fail(h, "STACK_GLOBAL requires str"));
        }
        self.find_class(h, module, name)
    }

    /// What changes the thing at the top.
    fn change(&mut self, h: &mut Held, code: u8) -> R<()> {
        match code {
            POP if self.stack.len() == self.floor() => drop(self.pop_mark(h)?),
            POP => drop(self.pop(h)?),
            POP_MARK => drop(self.pop_mark(h)?),
            APPEND => {
                let item = self.pop(h)?;
                self.extend(h, vec![item])?;
            }
            APPENDS => {
                let items = self.pop_mark(h)?;
                self.extend(h, items)?;
            }
            SETITEM => {
                let value = self.pop(h)?;
                let key = self.pop(h)?;
                self.set_items(h, vec![key, value])?;
            }
            SETITEMS => {
                let items = self.pop_mark(h)?;
                self.set_items(h, items)?;
            }
            ADDITEMS => {
                let items = self.pop_mark(h)?;
                self.add_items(h, items)?;
            }
            _ => {
                let (state, object) = (self.pop(h)?, self.top(h)?);
                self.build(h, object, state)?;
            }
        }
        Ok(())
    }

    fn extend(&mut self, h: &mut Held, items: Vec<Value>) -> R<()> {
        let target = self.top(h)?;
        if let Some(list) = target.exactly::<List>() {
            list.with_mut(h, |list| list.extend(items));
            return Ok(());
        }
        let (extend, items) = (self.tools.extend.clone(), h.new_list(items));
        h.call(&extend, &[target, items]).map(drop)
    }

    fn set_items(&mut self, h: &mut Held, items: Vec<Value>) -> R<()> {
        let target = self.top(h)?;
        if items.len() % 2 == 1 {
            return Err(self.fail(h, "odd number of items for SETITEMS"));
        }
        if let Some(dict) = target.exactly::<Dict>().filter(|dict| dict.class().is(core().dict.value())) {
            let mut items = items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                drop(dict.set(h, key, value)?);
            }
            return Ok(());
        }
        let (set_items, items) = (self.tools.set_items.clone(), h.new_list(items));
        h.call(&set_items, &[target, items]).map(drop)
    }

    fn add_items(&mut self, h: &mut Held, items: Vec<Value>) -> R<()> {
        let target = self.top(h)?;
        if let Some(set) = target.exactly::<Set>().filter(|set| set.class().is(core().set.value())) {
            for item in items {
                set.add(h, item)?;
            }
            return Ok(());
        }
        let (add_items, items) = (self.tools.add_items.clone(), h.new_list(items));
        h.call(&add_items, &[target, items]).map(drop)
    }
}
