//! The module `pwd`: users.
//!
//! In: a name or a number. Out: `struct_passwd`. The one invariant: what the system's library finds, wherever it looks.

use crate::io::{args, path};
use crate::syscall::system::{User, Who, user, users};
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::exception::Exc;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static CLASS: Global<Option<Value>> = Global::new(None);

const FIELDS: [&str; 7] = ["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"];

static FUNCTIONS: [Def; 3] = [
    def("getpwuid", "uid, /", |h, args| {
        let uid = args::offset(h, &args[0])?;
        match u32::try_from(uid).ok().and_then(|uid| user(Who::Uid(uid))) {
            Some(user) => show(h, &user),
            None => Err(not_found(h, format!("getpwuid(): uid not found: {uid}"))),
        }
    }),
    def("getpwnam", "name, /", |h, args| {
        if args[0].downcast::<Str>().is_none() {
            let got = args[0].given_name();
            return Err(h.type_error(format!("getpwnam() argument must be str, not {got}")));
        }
        let name = path::bytes_of(h, &args[0])?;
        match user(Who::Name(&name)) {
            Some(user) => show(h, &user),
            None => {
                let shown = h.repr_text(&args[0])?;
                Err(not_found(h, format!("getpwnam(): name not found: {shown}")))
            }
        }
    }),
    def("getpwall", "", |h, _| {
        let mut all = Vec::new();
        for user in users() {
            all.push(show(h, &user)?);
        }
        Ok(h.new_list(all))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("pwd");
    add_functions(h, &module, &FUNCTIONS);
    let class = h.new_struct_class("pwd", "struct_passwd", &FIELDS, FIELDS.len());
    let name = h.intern("struct_passwd");
    module.dict.set_str(h, &name, class.value().clone());
    CLASS.write(h, |place| *place = Some(class.into_value()));
    Ok(module)
}

fn not_found(h: &Held, message: String) -> interpreter::runtime::error::Raised {
    let message = h.new_str(&message);
    let args = h.tuple_of(&[message]);
    h.error_with(Exc::KeyError, args)
}

fn show(h: &mut Held, user: &User) -> R {
    let class: Option<Ref<Class>> = CLASS.read(h, Clone::clone).and_then(|class| class.into_ref().ok());
    let Some(class) = class else { return Err(h.runtime_error("pwd is not made")) };
    let values = [
        path::decode(h, &user.name),
        path::decode(h, &user.password),
        h.new_int(user.uid.into()),
        h.new_int(user.gid.into()),
        path::decode(h, &user.gecos),
        path::decode(h, &user.home),
        path::decode(h, &user.shell),
    ];
    Ok(h.new_struct(&class, &values))
}
