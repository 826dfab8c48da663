//! Frames and the regions they live in.
//!
//! In: a function that is called. Out: its window of registers and a record in the array of frames. A window stands on the value stack; a
//! generator's stands in the generator, for good. The one invariant: a region never moves, and above the running frame's `top` no
//! register owns an object.

use crate::objects::code::Code;
use crate::objects::function::Function;
use crate::objects::header::Obj;
use crate::objects::value::{Reg, Value};
use std::marker::PhantomData;
use toy_syntax::ast::BinOp;

/// A running function.
pub struct Frame {
    /// Where to go on; stored before anything that may raise or call.
    pub pc: *const u32,
    /// The first register of the window.
    pub regs: *mut Reg,
    /// Where the result goes. Of a generator's frame: the first register above the frame that resumed it.
    pub ret: *mut Reg,
    /// Alive as long as the frame: the function or `keep` holds it.
    pub code: *const Obj<Code>,
    pub function: *const Obj<Function>,
    /// What only this frame keeps alive: a bound method's function, a generator.
    pub keep: Option<Value>,
    pub kind: FrameKind,
    /// `Normal`, without `keep` and `object`: returning is all there is to do at its end.
    pub plain: bool,
    /// The frame object that a program asked for.
    pub object: Option<Value>,
}

/// What happens when a frame returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// The caller's instruction gets the result.
    Normal,
    /// The eval loop was entered for this frame and is left with it.
    Entry,
    /// An `__init__` called by the class: the result is register 0.
    Construct,
    /// A special method that the caller's instruction, an operator, asked: its operands still stand in their registers.
    Operator(BinOp),
    /// A generator that a FOR_ITER of the frame below resumed.
    ForIter,
    /// A generator that a YIELD_FROM of the frame below resumed.
    Delegate,
    /// A generator resumed by native code: the eval loop is left when it yields or returns.
    Resume,
}

impl FrameKind {
    #[inline(always)]
    pub fn is_generators(self) -> bool {
        matches!(self, FrameKind::ForIter | FrameKind::Delegate | FrameKind::Resume)
    }
}

impl Frame {
    pub fn code(&self) -> &Obj<Code> {
        // SAFETY: see the field.
        unsafe { &*self.code }
    }

    pub fn function(&self) -> &Obj<Function> {
        // SAFETY: see the field.
        unsafe { &*self.function }
    }

    /// The index of the word before `pc`: it belongs to the instruction that runs or called.
    pub fn at(&self) -> usize {
        let start = self.code().code.as_ptr();
        (self.pc as usize - start as usize) / 4
    }

    /// The first register of the value stack that neither this frame uses nor those below.
    #[inline(always)]
    pub fn top(&self) -> *mut Reg {
        if self.kind.is_generators() { self.ret } else { self.regs.wrapping_add(self.code().nregs as usize) }
    }
}

/// Address space for so many `T`, of which the system provides what is touched, zeroed.
pub struct Region<T> {
    start: *mut T,
    end: *mut T,
    bytes: usize,
    _of: PhantomData<T>,
}

impl<T> Region<T> {
    pub fn new(slots: usize) -> std::io::Result<Region<T>> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: an anonymous mapping at a place that the system chooses.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), slots * size_of::<T>(), libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let start = start.cast::<T>();
        Ok(Region { start, end: start.wrapping_add(slots), bytes: slots * size_of::<T>(), _of: PhantomData })
    }

    pub fn start(&self) -> *mut T {
        self.start
    }

    #[inline(always)]
    pub fn end(&self) -> *mut T {
        self.end
    }

    /// Whether so many slots from `at` on are inside, and one more.
    #[inline(always)]
    pub fn has_room(&self, at: *mut T, slots: usize) -> bool {
        (at as usize).wrapping_sub(self.start as usize).wrapping_add(slots * size_of::<T>()) < self.bytes
    }
}

impl<T> Drop for Region<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` and nothing in it owns anything any more.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}
