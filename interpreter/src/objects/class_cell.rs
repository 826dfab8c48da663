//! A place for a class that a native module makes once.
//!
//! In: the class, when the module is initialized. Out: the same, for functions that make its instances. The one
//! invariant: it is set before the first instance is made and never changes, so its class lives for ever.

use super::class::Class;
use super::header::Ref;
use crate::sync::{Held, publish};
use std::sync::OnceLock;

/// A class, once it is made. A static of the file that makes it.
pub struct ClassCell(OnceLock<Ref<Class>>);

// SAFETY: set and read under the GIL; the class is never freed.
unsafe impl Sync for ClassCell {}
// SAFETY: as above.
unsafe impl Send for ClassCell {}

impl ClassCell {
    pub const fn new() -> ClassCell {
        ClassCell(OnceLock::new())
    }

    /// The class, made now if this is the first time.
    pub fn get_or_make(&self, h: &mut Held, make: impl FnOnce(&mut Held) -> Ref<Class>) -> Ref<Class> {
        if let Some(class) = self.0.get() {
            return class.clone();
        }
        // Another thread may be making one too: the first to be entered is the class.
        let class = make(h);
        publish(class.value());
        self.0.get_or_init(|| class).clone()
    }

    /// The class. The module that makes it was initialized.
    pub fn get(&self) -> &Ref<Class> {
        match self.0.get() {
            Some(class) => class,
            None => panic!("a native class is made when its module is initialized"),
        }
    }
}

impl Default for ClassCell {
    fn default() -> ClassCell {
        ClassCell::new()
    }
}
