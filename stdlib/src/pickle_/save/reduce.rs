//! Objects that say themselves how they are made again: CPython's reduction protocol.
//!
//! In: objects of other classes than the plain ones. Out: operations that call what `__reduce_ex__` names, and give the result its state.
//! The one invariant: an object is reduced once, in the order in which CPython asks: registered functions, classes as
//! globals, `__reduce_ex__`, `__reduce__`.

use super::super::opcode::*;
use super::{BATCH, Saver, header8};
use interpreter::builtins::objects::is_callable;
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::class::Class;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::header::Obj;
use interpreter::objects::list::List;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;

impl Saver<'_> {
    pub(super) fn instance(&mut self, h: &mut Held, value: &Value) -> R<()> {
        if value.class().is(self.tools.buffer) {
            return self.buffer(h, value);
        }
        if let Some(array) = value.exactly::<ByteArray>().filter(|array| array.class().is(core().bytearray.value())) {
            let data = array.data.read(h, Clone::clone);
            let args = if data.is_empty() { Vec::new() } else { vec![h.new_bytes(&data)] };
            let (maker, args) = (core().bytearray.to_value(), h.new_tuple(args));
            return self.reduced(h, &[maker, args], Some(value));
        }
        if let Some(reduce) = self.registered(h, value)? {
            let reduced = h.call(&reduce, std::slice::from_ref(value))?;
            return self.whatever_reduced(h, &reduced, value);
        }
        if value.downcast::<Class>().is_some() {
            return self.global(h, value, None);
        }
        if self.is_ordinary(h, value) {
            return self.ordinary(h, value);
        }
        let reduced = self.reduce(h, value)?;
        self.whatever_reduced(h, &reduced, value)
    }

    /// The function that was registered for the object's class.
    fn registered(&self, h: &mut Held, value: &Value) -> R<Option<Value>> {
        let class = value.class().to_value();
        for table in self.tools.tables.downcast::<Tuple>().map_or(&[][..], |tables| tables.items()) {
            let found = match table.downcast::<Dict>() {
                Some(table) => table.get(h, &class)?,
                None => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn reduce(&self, h: &mut Held, value: &Value) -> R {
        if let Some(reduce) = h.find_attr(value, n::__reduce_ex__.value())? {
            let protocol = h.new_int(self.protocol.into());
            return h.call(&reduce, &[protocol]);
        }
        if let Some(reduce) = h.find_attr(value, n::__reduce__.value())? {
            return h.call(&reduce, &[]);
        }
        let (name, text) = (value.class_name(), h.repr_text(value)?);
        Err(self.error(h, &format!("can't pickle '{name}' object: {text}")))
    }

    #[cold]
    fn error(&self, h: &mut Held, message: &str) -> Raised {
        let message = h.new_str(message);
        match h.call(self.tools.error, &[message]) {
            Ok(error) => Raised::new(error),
            Err(raised) => raised,
        }
    }

    /// Whether `object` reduces the object; what was found of the last class is kept.
    fn is_ordinary(&mut self, h: &Held, value: &Value) -> bool {
        let class = value.class();
        let version = class.version();
        if self.known.is_none_or(|(known, _)| known != version) {
            self.known = Some((version, is_ordinary_class(h, class)));
        }
        let own = [n::__reduce_ex__, n::__reduce__, n::__getstate__];
        self.known == Some((version, true)) && own.into_iter().all(|name| h.own_attr(value, name.value()).is_none())
    }

    /// What `object.__reduce_ex__` says, without the tuple that it says it in.
    fn ordinary(&mut self, h: &mut Held, value: &Value) -> R<()> {
        let (args, _) = h.new_arguments(value)?;
        let state = match h.is_objects_own(value.class(), n::__getstate__) {
            true => h.default_state(value)?,
            false => h.call_method(value, n::__getstate__, &[])?,
        };
        let class = value.class().to_value();
        self.save(h, &class)?;
        self.save(h, &args)?;
        self.write(&[NEWOBJ]);
        self.made(value);
        if value.downcast::<List>().is_some() {
            let items = h.iter(value)?;
            self.items(h, &items, APPEND, APPENDS, |saver, h, item| saver.save(h, item))?;
        } else if value.downcast::<Dict>().is_some() {
            let items = h.call_method(value, n::items, &[])?;
            let items = h.iter(&items)?;
            self.items(h, &items, SETITEM, SETITEMS, Saver::pair)?;
        }
        self.state(h, value, Some(&state), None)
    }

    fn whatever_reduced(&mut self, h: &mut Held, reduced: &Value, value: &Value) -> R<()> {
        if reduced.downcast::<Str>().is_some() {
            return self.global(h, value, Some(reduced));
        }
        let Some(parts) = reduced.downcast::<Tuple>() else {
            return Err(self.error(h, "__reduce__ must return a string or tuple"));
        };
        if !(2..=6).contains(&parts.items().len()) {
            return Err(self.error(h, "tuple returned by __reduce__ must contain 2 through 6 elements"));
        }
        self.reduced(h, parts.items(), Some(value))
    }

    /// What to call and with which arguments; perhaps state, items of a list, items of a dict, and what sets the state.
    pub(super) fn reduced(&mut self, h: &mut Held, parts: &[Value], value: Option<&Value>) -> R<()> {
        let [state, list_items, dict_items, set_state] =
            [2, 3, 4, 5].map(|i| parts.get(i).filter(|part| !part.is_none()));
        let (maker, args) = (&parts[0], &parts[1]);
        let given = self.check(h, maker, args, [list_items, dict_items], set_state)?;
        let name = h.find_attr(maker, n::__name__.value())?;
        match name.as_ref().and_then(|name| name.downcast::<Str>()?.as_ascii()) {
            Some("__newobj__") => self.new_object(h, given, value)?,
            Some("__newobj_ex__") => self.new_object_with_names(h, given)?,
            _ => {
                self.save(h, maker)?;
                self.save(h, args)?;
                self.write(&[REDUCE]);
            }
        }
        if let Some(value) = value {
            self.made(value);
        }
        if let Some(items) = list_items {
            self.items(h, items, APPEND, APPENDS, |saver, h, item| saver.save(h, item))?;
        }
        if let Some(items) = dict_items {
            self.items(h, items, SETITEM, SETITEMS, Saver::pair)?;
        }
        match value {
            Some(value) => self.state(h, value, state, set_state),
            None => Ok(()),
        }
    }

    /// Whether the parts are what they must be; the arguments.
    fn check<'v>(
        &self,
        h: &mut Held,
        maker: &Value,
        args: &'v Value,
        items: [Option<&Value>; 2],
        set_state: Option<&Value>,
    ) -> R<&'v [Value]> {
        if !is_callable(h, maker) {
            return Err(self.error(h, "first item of the tuple returned by __reduce__ must be callable"));
        }
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(self.error(h, "second item of the tuple returned by __reduce__ must be a tuple"));
        };
        for (what, items) in ["fourth", "fifth"].into_iter().zip(items) {
            if let Some(items) = items.filter(|items| items.class().lookup(h, n::__next__.value()).is_none()) {
                let class = items.class_name();
                let message =
                    format!("{what} element of the tuple returned by __reduce__ must be an iterator, not {class}");
                return Err(self.error(h, &message));
            }
        }
        if let Some(set_state) = set_state.filter(|set_state| !is_callable(h, set_state)) {
            let class = set_state.class_name();
            let message = format!("sixth element of the tuple returned by __reduce__ must be a function, not {class}");
            return Err(self.error(h, &message));
        }
        Ok(args.items())
    }

    fn new_object(&mut self, h: &mut Held, given: &[Value], value: Option<&Value>) -> R<()> {
        let Some((class, args)) = given.split_first() else {
            return Err(self.error(h, "__newobj__ arglist is empty"));
        };
        if h.find_attr(class, n::__new__.value())?.is_none() {
            return Err(self.error(h, "args[0] from __newobj__ args has no __new__"));
        }
        if let Some(value) = value
            && !h.get(value, n::__class__)?.is(class)
        {
            return Err(self.error(h, "args[0] from __newobj__ args has the wrong class"));
        }
        self.save(h, class)?;
        let args = h.new_tuple(args.to_vec());
        self.save(h, &args)?;
        self.write(&[NEWOBJ]);
        Ok(())
    }

    fn new_object_with_names(&mut self, h: &mut Held, given: &[Value]) -> R<()> {
        let [class, args, keywords] = given else {
            let message = format!("length of the NEWOBJ_EX argument tuple must be exactly 3, not {}", given.len());
            return Err(self.error(h, &message));
        };
        let wrong = [
            (class.downcast::<Class>().is_none(), "first", "class", class),
            (args.downcast::<Tuple>().is_none(), "second", "tuple", args),
            (keywords.downcast::<Dict>().is_none(), "third", "dict", keywords),
        ];
        if let Some((_, which, what, got)) = wrong.into_iter().find(|wrong| wrong.0) {
            let got = got.class_name();
            let message = format!("{which} item from NEWOBJ_EX argument tuple must be a {what}, not {got}");
            return Err(self.error(h, &message));
        }
        given.iter().try_for_each(|part| self.save(h, part))?;
        self.write(&[NEWOBJ_EX]);
        Ok(())
    }

    /// The object stands on the stack: it has a number from now on, unless it was made while its parts were.
    fn made(&mut self, value: &Value) {
        match self.memo.get(&value.bits()) {
            Some(&number) => {
                self.write(&[POP]);
                self.get(number);
            }
            None => self.memoize(value),
        }
    }

    fn state(&mut self, h: &mut Held, value: &Value, state: Option<&Value>, set_state: Option<&Value>) -> R<()> {
        let Some(state) = state.filter(|state| !state.is_none()) else { return Ok(()) };
        // A state is often made for this pickle only: it is kept, for its address is its name.
        match set_state {
            None => {
                self.save(h, state)?;
                self.write(&[BUILD]);
            }
            Some(set_state) => {
                [set_state, value, state].into_iter().try_for_each(|part| self.save(h, part))?;
                self.write(&[TUPLE2, REDUCE, POP]);
            }
        }
        Ok(())
    }

    /// What an iterator gives, a batch at a time; what stands alone needs no mark.
    fn items(
        &mut self,
        h: &mut Held,
        items: &Value,
        one: u8,
        many: u8,
        save: impl Fn(&mut Self, &mut Held, &Value) -> R<()>,
    ) -> R<()> {
        loop {
            let Some(first) = h.next(items)? else { return Ok(()) };
            let Some(second) = h.next(items)? else {
                save(self, h, &first)?;
                self.write(&[one]);
                return Ok(());
            };
            self.write(&[MARK]);
            save(self, h, &first)?;
            let (mut count, mut following) = (1, Some(second));
            while let Some(item) = following {
                save(self, h, &item)?;
                count += 1;
                following = if count < BATCH { h.next(items)? } else { None };
            }
            self.write(&[many]);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn pair(&mut self, h: &mut Held, pair: &Value) -> R<()> {
        let Some([key, value]) = pair.downcast::<Tuple>().map(|pair| pair.items()) else {
            return Err(h.type_error("dict items iterator must return 2-tuples"));
        };
        self.save(h, key)?;
        self.save(h, value)
    }

    /// A buffer, in the pickle itself.
    fn buffer(&mut self, h: &mut Held, value: &Value) -> R<()> {
        if self.protocol < 5 {
            return Err(self.error(h, "PickleBuffer can only pickled with protocol >= 5"));
        }
        let contents = h.call(self.tools.contents, std::slice::from_ref(value))?;
        let Some([data, read_only]) = contents.downcast::<Tuple>().map(|contents| contents.items()) else {
            return Err(h.type_error("contents are bytes and whether they are read-only"));
        };
        if h.truth(read_only)? {
            return self.save(h, data);
        }
        if let Some(data) = data.downcast::<Bytes>() {
            self.write_sized(&header8(BYTEARRAY8, data.data.len()), &data.data);
        }
        self.memoize(value);
        Ok(())
    }
}

/// Whether `object` itself reduces the instances of a class, by position.
fn is_ordinary_class(h: &Held, class: &Obj<Class>) -> bool {
    let from_object = [n::__reduce_ex__, n::__reduce__, n::__getattribute__, n::__class__];
    let from_nobody = [n::__getnewargs_ex__, n::__getattr__];
    from_object.into_iter().all(|name| h.is_objects_own(class, name))
        && from_nobody.into_iter().all(|name| class.lookup(h, name.value()).is_none())
}
