//! `_set_sentinel`: a lock that is released when the calling thread has ended, by which others wait for that.
//!
//! In: a thread that begins. Out: its lock, to be acquired by it. The one invariant: the release is the last thing that the
//! thread does while it is attached.

use super::lock;
use interpreter::objects::value::Value;
use interpreter::runtime::plain_lock::PlainLock;
use interpreter::sync::Held;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static SENTINEL: RefCell<Option<Arc<PlainLock>>> = const { RefCell::new(None) };
}

/// Makes the calling thread's lock; one made before is forgotten.
pub fn set(h: &mut Held) -> Value {
    let plain = Arc::<PlainLock>::default();
    SENTINEL.set(Some(plain.clone()));
    h.at_thread_exit(release);
    lock::around(h, plain)
}

fn release(_: &mut Held) {
    if let Some(plain) = SENTINEL.take() {
        plain.release();
    }
}
