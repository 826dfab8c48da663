//! `sys`: versions, sizes and flags.
//!
//! In: nothing. Out: constants, most of them as named tuples. The one invariant: versions say 3.11, which is the language;
//! `implementation` says `toy`, which is the machine.

use super::set;
use interpreter::objects::class::Class;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::config;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

const HEX_VERSION: i64 = 0x030b_07f0;

pub(super) fn init(h: &mut Held, m: &Module) -> R<()> {
    numbers(h, m);
    texts(h, m);
    let version = versions(h, m);
    implementation(h, m, version)?;
    flags(h, m);
    set(h, m, "pycache_prefix", Value::NONE);
    set(h, m, "dont_write_bytecode", Value::TRUE);
    set(h, m, "ps1", h.new_str(">>> "));
    set(h, m, "ps2", h.new_str("... "));
    Ok(())
}

/// A class of named tuples of this module.
pub(super) fn struct_class(h: &mut Held, name: &str, fields: &[&str]) -> Ref<Class> {
    h.new_struct_class("sys", name, fields, fields.len())
}

/// A named tuple that is the only one of its class.
fn single(h: &mut Held, m: &Module, name: &str, fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let values: Vec<Value> = fields.iter().map(|(_, value)| value.clone()).collect();
    let class = struct_class(h, name, &names);
    let made = h.new_struct(&class, &values);
    set(h, m, name, made.clone());
    made
}

fn numbers(h: &mut Held, m: &Module) {
    let ints = [("maxsize", i64::MAX), ("maxunicode", 0x10_ffff), ("hexversion", HEX_VERSION), ("api_version", 1013)];
    for (name, int) in ints {
        let int = h.new_int(int);
        set(h, m, name, int);
    }
    let int = |h: &Held, i: i64| h.new_int(i);
    let float_info = [
        ("max", h.new_float(f64::MAX)),
        ("max_exp", int(h, 1024)),
        ("max_10_exp", int(h, 308)),
        ("min", h.new_float(f64::MIN_POSITIVE)),
        ("min_exp", int(h, -1021)),
        ("min_10_exp", int(h, -307)),
        ("dig", int(h, 15)),
        ("mant_dig", int(h, 53)),
        ("epsilon", h.new_float(f64::EPSILON)),
        ("radix", int(h, 2)),
        ("rounds", int(h, 1)),
    ];
    single(h, m, "float_info", &float_info);
    let int_info = [
        ("bits_per_digit", int(h, 30)),
        ("sizeof_digit", int(h, 4)),
        ("default_max_str_digits", int(h, 4300)),
        ("str_digits_check_threshold", int(h, 640)),
    ];
    single(h, m, "int_info", &int_info);
    let hash_info = [
        ("width", int(h, 64)),
        ("modulus", int(h, (1 << 61) - 1)),
        ("inf", int(h, 314159)),
        ("nan", int(h, 0)),
        ("imag", int(h, 1000003)),
        ("algorithm", h.new_str("siphash13")),
        ("hash_bits", int(h, 64)),
        ("seed_bits", int(h, 128)),
        ("cutoff", int(h, 0)),
    ];
    single(h, m, "hash_info", &hash_info);
    let thread_info = [("name", h.new_str("pthread")), ("lock", h.new_str("semaphore")), ("version", Value::NONE)];
    single(h, m, "thread_info", &thread_info);
}

fn texts(h: &mut Held, m: &Module) {
    let texts = [
        ("version", concat!("3.11.7 (toy ", env!("CARGO_PKG_VERSION"), ") [Rust]")),
        ("platform", std::env::consts::OS),
        ("byteorder", if cfg!(target_endian = "little") { "little" } else { "big" }),
        ("float_repr_style", "short"),
        ("platlibdir", "lib"),
        ("abiflags", ""),
        ("_framework", ""),
        ("copyright", "toy is free software, under MIT or Apache-2.0."),
    ];
    for (name, text) in texts {
        let text = h.new_str(text);
        set(h, m, name, text);
    }
    let git = ["toy", "", ""].map(|part| h.new_str(part));
    let git = h.tuple_of(&git);
    set(h, m, "_git", git);
}

fn versions(h: &mut Held, m: &Module) -> Value {
    let version = [
        ("major", h.new_int(3)),
        ("minor", h.new_int(11)),
        ("micro", h.new_int(7)),
        ("releaselevel", h.new_str("final")),
        ("serial", h.new_int(0)),
    ];
    single(h, m, "version_info", &version)
}

fn implementation(h: &mut Held, m: &Module, version: Value) -> R<()> {
    let types = h.import_module("_types")?;
    let name = h.intern("SimpleNamespace");
    let namespace = h.get_attr(&types, &name)?;
    let names = ["name", "cache_tag", "version", "hexversion", "_multiarch"].map(|name| h.intern(name));
    let values = [
        h.new_str("toy"),
        Value::NONE,
        version,
        h.new_int(HEX_VERSION),
        h.new_str(&format!("{}-linux-gnu", std::env::consts::ARCH)),
    ];
    let implementation = h.call_with_names(&namespace, &values, &names)?;
    set(h, m, "implementation", implementation);
    Ok(())
}

fn flags(h: &mut Held, m: &Module) {
    const NAMES: [&str; 18] = [
        "debug",
        "inspect",
        "interactive",
        "optimize",
        "dont_write_bytecode",
        "no_user_site",
        "no_site",
        "ignore_environment",
        "verbose",
        "bytes_warning",
        "quiet",
        "hash_randomization",
        "isolated",
        "dev_mode",
        "utf8_mode",
        "warn_default_encoding",
        "safe_path",
        "int_max_str_digits",
    ];
    let given = &config::get().flags;
    let fields = NAMES.map(|name| {
        let default = match name {
            "dont_write_bytecode" | "hash_randomization" | "utf8_mode" => 1,
            "int_max_str_digits" => -1,
            _ => 0,
        };
        let number = given.iter().find(|(known, _)| *known == name).map_or(default, |(_, number)| *number);
        let is_bool = matches!(name, "dev_mode" | "safe_path");
        (name, if is_bool { Value::bool(number != 0) } else { h.new_int(number) })
    });
    single(h, m, "flags", &fields);
    if let Ok(digits) = usize::try_from(config::flag("int_max_str_digits"))
        && (digits > 0 || config::xoption("int_max_str_digits"))
    {
        interpreter::objects::int::set_max_str_digits(digits);
    }
}
