//! Type parameters of generic aliases and unions, and putting arguments in their place.
//!
//! In: arguments that may be type variables or contain some. Out: the variables; the arguments with others put in. The one
//! invariant: what a type variable is and how one is replaced, `typing` says, by `__typing_subst__` and its kin.

use crate::objects::class::Class;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

fn items(tuple: &Value) -> Vec<Value> {
    tuple.downcast::<Tuple>().map(|tuple| tuple.items().to_vec()).unwrap_or_default()
}

fn find(h: &mut Held, object: &Value, name: &str) -> R<Option<Value>> {
    if object.downcast::<Class>().is_some() {
        return Ok(None);
    }
    let name = h.intern(name);
    h.find_attr(object, &name)
}

/// The type variables in a tuple of arguments, each once.
pub(super) fn parameters_of(h: &mut Held, args: &Value) -> R<Vec<Value>> {
    let mut found: Vec<Value> = Vec::new();
    for arg in items(args) {
        let inner = if find(h, &arg, "__typing_subst__")?.is_some() {
            vec![arg]
        } else {
            find(h, &arg, "__parameters__")?.map(|inner| items(&inner)).unwrap_or_default()
        };
        for parameter in inner {
            if !found.iter().any(|known| known.is(&parameter)) {
                found.push(parameter);
            }
        }
    }
    Ok(found)
}

/// The arguments of `alias` with `item` (one argument or a tuple) put in place of its type variables.
pub(super) fn substitute(h: &mut Held, alias: &Value, args: &Value, item: &Value) -> R {
    let parameters = parameters_of(h, args)?;
    if parameters.is_empty() {
        let shown = h.repr_text(alias)?;
        return Err(h.type_error(format!("{shown} is not a generic class")));
    }
    let mut given = unpack(h, item)?;
    for parameter in &parameters {
        if let Some(prepare) = find(h, parameter, "__typing_prepare_subst__")? {
            let tuple = h.new_tuple(given);
            let prepared = h.call(&prepare, &[alias.clone(), tuple])?;
            given = if prepared.downcast::<Tuple>().is_some() { items(&prepared) } else { vec![prepared] };
        }
    }
    if given.len() != parameters.len() {
        let size = if given.len() > parameters.len() { "many" } else { "few" };
        let shown = h.repr_text(alias)?;
        let (actual, expected) = (given.len(), parameters.len());
        let message = format!("Too {size} arguments for {shown}; actual {actual}, expected {expected}");
        return Err(h.type_error(message));
    }
    let mut result = Vec::new();
    for arg in items(args) {
        replace(h, arg, &parameters, &given, &mut result)?;
    }
    Ok(h.new_tuple(result))
}

/// One argument or several; `*tuple[int, str]` counts as its items.
fn unpack(h: &mut Held, item: &Value) -> R<Vec<Value>> {
    let given = if item.downcast::<Tuple>().is_some() { items(item) } else { vec![item.clone()] };
    let mut all = Vec::new();
    for one in given {
        let inner = find(h, &one, "__typing_unpacked_tuple_args__")?.filter(|inner| !inner.is_none());
        match inner.map(|inner| items(&inner)) {
            Some(inner) if !inner.last().is_some_and(|last| last.is(&Value::ELLIPSIS)) => all.extend(inner),
            _ => all.push(one),
        }
    }
    Ok(all)
}

fn replace(h: &mut Held, arg: Value, parameters: &[Value], given: &[Value], result: &mut Vec<Value>) -> R<()> {
    let place = |wanted: &Value| parameters.iter().position(|parameter| parameter.is(wanted));
    if let Some(subst) = find(h, &arg, "__typing_subst__")? {
        let Some(at) = place(&arg) else { return Ok(()) };
        result.push(h.call(&subst, std::slice::from_ref(&given[at]))?);
        return Ok(());
    }
    let inner = find(h, &arg, "__parameters__")?.map(|inner| items(&inner)).unwrap_or_default();
    if inner.is_empty() {
        result.push(arg);
        return Ok(());
    }
    let mut chosen = Vec::new();
    for parameter in &inner {
        match place(parameter).map(|at| &given[at]) {
            Some(several) if several.downcast::<Tuple>().is_some() && h.is_iterable(parameter) => {
                chosen.extend(items(several));
            }
            Some(one) => chosen.push(one.clone()),
            None => chosen.push(parameter.clone()),
        }
    }
    let chosen = h.new_tuple(chosen);
    let made = h.get_item(&arg, &chosen)?;
    let unpacked = find(h, &arg, "__typing_is_unpacked_typevartuple__")?;
    match unpacked.is_some_and(|unpacked| unpacked.is(&Value::TRUE)) && made.downcast::<Tuple>().is_some() {
        true => result.extend(items(&made)),
        false => result.push(made),
    }
    Ok(())
}
