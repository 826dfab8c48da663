//! Where objects live: pages of equal cells, so that allocation is a pop and the collector can walk them all.
//!
//! In: sizes. Out: cells of memory, sixteen-byte aligned. The one invariant: a cell's first word, its object's count, is
//! zero exactly while the cell is free, and then its second word links to the next free one. Objects above
//! `LARGEST_CELL` are allocated one by one with a link to their neighbours in front.
//!
//! Free lists were worth 13-18 % on allocation-heavy programs, and walking pages spares each object the two words by
//! which CPython's collector links them.
//! Whose the pages are without the GIL stands in `heap/pages.rs`.

mod pages;

use super::header::{Header, flag};
use super::value::Value;
use crate::runtime::finalize;
use crate::sync::{CAN_BE_FREE, Guarded, Word, per_thread, retire};
use pages::{cell_at, free_foreign, refill};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicI64, Ordering};

const PAGE: usize = 64 * 1024;
const STEP: usize = 16;
const LARGEST_CELL: usize = 512;
const CLASSES: usize = LARGEST_CELL / STEP + 1;
/// How deep drops nest before they are put off: dropping a list nested a million deep must not use up the stack.
const DEEPEST: u32 = 64;

/// In front of the first cell of a page.
#[repr(C, align(16))]
struct Page {
    cell_size: u32,
    /// 2^32 by the size of a cell, rounded up: multiplied by a distance from the first cell it gives the cell's number.
    reciprocal: u32,
    cells: u32,
    /// Cells from here on were never used, nor was their memory written.
    fresh: u32,
    /// The number of the heap that allocates from the page; 0 if its thread has ended.
    home: Word<u32>,
    /// Free cells that did not come back to the home's own list, and whether `Common::returned` shows the page.
    returned: *mut Cell,
    listed: bool,
    /// While the collector counts: its numbers, one for each cell. Null otherwise.
    marks: *mut u32,
}

/// In front of a large object.
#[repr(C, align(16))]
struct Large {
    previous: *mut Large,
    next: *mut Large,
    size: usize,
    /// As `Page::marks`, for the one object behind this.
    mark: u64,
}

/// What each thread allocates from.
struct Heap {
    free: [*mut Cell; CLASSES],
    /// Pages whose cells were not all used yet.
    current: [*mut Page; CLASSES],
    /// Without the GIL: which heap this is; 0 until it has a page. No two heaps ever have the same number.
    number: u32,
    /// Without the GIL: the pages whose home this is.
    pages: Vec<NonNull<Page>>,
    /// Without the GIL: free cells of other threads' pages, which go back there in bundles.
    foreign: Bundle,
    /// Objects made less objects freed, of those that the collector looks into, since `ALIVE` was told.
    traced: i64,
    /// With the GIL: how many may be alive before the collector is asked.
    limit: i64,
    depth: u32,
    put_off: Vec<NonNull<Header>>,
}

/// Free cells of any size.
struct Bundle {
    first: *mut Cell,
    count: u32,
}

/// What all threads have together.
struct Common {
    pages: Vec<NonNull<Page>>,
    large: *mut Large,
    /// Pages to which cells came back, and those with free cells whose thread has ended.
    returned: [Vec<NonNull<Page>>; CLASSES],
}

/// Cells in a full bundle.
const BUNDLE: u32 = 256;
const EMPTY: Bundle = Bundle { first: null_mut(), count: 0 };

static COMMON: Guarded<Common> =
    Guarded::new(Common { pages: Vec::new(), large: null_mut(), returned: [const { Vec::new() }; CLASSES] });
per_thread! {
    fn heap() -> Heap = Heap {
        free: [null_mut(); CLASSES],
        current: [null_mut(); CLASSES],
        number: 0,
        pages: Vec::new(),
        foreign: EMPTY,
        traced: 0,
        limit: if CAN_BE_FREE { SLICE } else { FIRST_LIMIT },
        depth: 0,
        put_off: Vec::new(),
    }
}

pub(crate) use pages::hand_over;

/// How many traced objects may be alive before the collector is asked for the first time.
const FIRST_LIMIT: i64 = 10_000;
/// Without the GIL: how many a thread makes before it tells the others.
const SLICE: i64 = 1000;
/// Without the GIL: traced objects that are alive, as far as threads have told, and how many there may be.
static ALIVE: AtomicI64 = AtomicI64::new(0);
static LIMIT: AtomicI64 = AtomicI64::new(FIRST_LIMIT);

#[repr(C)]
struct Cell {
    count: u64,
    next: *mut Cell,
}

/// Room for an object of `size` bytes, header included.
#[inline(always)]
pub(crate) fn allocate(size: usize, traced: bool) -> NonNull<u8> {
    let heap = heap();
    if traced {
        // SAFETY: the heap is this thread's.
        unsafe {
            (*heap).traced += 1;
            if (*heap).traced > (*heap).limit {
                count_or_collect();
            }
        }
    }
    if size > LARGEST_CELL {
        return allocate_large(size);
    }
    let class = size.div_ceil(STEP);
    // SAFETY: as above; a non-null free cell is not in use, and its link is valid.
    unsafe {
        let cell = (*heap).free[class];
        if cell.is_null() {
            return refill(class);
        }
        (*heap).free[class] = (*cell).next;
        NonNull::new_unchecked(cell.cast())
    }
}

#[cold]
#[inline(never)]
fn count_or_collect() {
    let heap = heap();
    if CAN_BE_FREE && tell() < LIMIT.load(Ordering::Relaxed) {
        return;
    }
    // Asked once: the collector sets the next limit.
    LIMIT.store(i64::MAX, Ordering::Relaxed);
    if !CAN_BE_FREE {
        // SAFETY: the GIL is held.
        unsafe { (*heap).limit = i64::MAX };
    }
    crate::sync::breaker::set(crate::sync::breaker::COLLECT);
}

/// Adds what this thread made to what all know; the sum.
fn tell() -> i64 {
    // SAFETY: the heap is this thread's.
    let own = unsafe { std::mem::take(&mut (*heap()).traced) };
    ALIVE.fetch_add(own, Ordering::Relaxed) + own
}

#[cold]
#[inline(never)]
fn allocate_large(size: usize) -> NonNull<u8> {
    let layout = large_layout(size);
    // SAFETY: the layout is not empty; one thread at a time touches the list of large objects.
    unsafe {
        let Some(large) = NonNull::new(alloc(layout).cast::<Large>()) else { handle_alloc_error(layout) };
        // The collector must take it for free until its header is written.
        large.add(1).cast::<Cell>().write(Cell { count: 0, next: null_mut() });
        COMMON.with(|common| {
            let next = common.large;
            large.write(Large { previous: null_mut(), next, size, mark: 0 });
            if !next.is_null() {
                (*next).previous = large.as_ptr();
            }
            common.large = large.as_ptr();
        });
        large.add(1).cast()
    }
}

fn large_layout(size: usize) -> Layout {
    Layout::from_size_align(size + size_of::<Large>(), 16).expect("an object's size was checked before")
}

/// Ends an object whose last reference is gone: queues its finalizer, or drops its data and frees its cell.
///
/// # Safety
/// The count of `object` is zero and nobody else knows it.
#[inline(never)]
pub(crate) unsafe fn release(object: NonNull<Header>) {
    // SAFETY: the object is whole until its data is dropped below.
    let flags = unsafe { object.as_ref() }.flags();
    if flags & (flag::FINALIZER | flag::WEAKLY_REFERENCED) != 0 && finalize::resurrect(object) {
        return;
    }
    // SAFETY: the GIL is held; `Heap` is not borrowed across the drop.
    unsafe {
        if (*heap()).depth >= DEEPEST {
            (*heap()).put_off.push(object);
            return;
        }
        (*heap()).depth += 1;
        destroy(object, flags);
        (*heap()).depth -= 1;
        if (*heap()).depth == 0 && !(*heap()).put_off.is_empty() {
            destroy_put_off();
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn destroy_put_off() {
    // SAFETY: as in `release`.
    unsafe {
        while let Some(object) = (*heap()).put_off.pop() {
            (*heap()).depth = 1;
            destroy(object, object.as_ref().flags());
            (*heap()).depth = 0;
        }
    }
}

/// Drops the data, gives the cell back and lets go of the class.
#[inline(always)]
unsafe fn destroy(object: NonNull<Header>, flags: u8) {
    // SAFETY: the caller's promise; the class is let go only after the last use of the shape.
    unsafe {
        let header = object.as_ref();
        if flags & flag::SIDE_ATTRS != 0 {
            super::attrs::forget(object);
        }
        let class = NonNull::from(header.class());
        header.kind.drop_data(object);
        free(object.cast(), flags);
        super::class::release_from_instance(class);
    }
}

/// Ends an object of a builtin class whose data owns nothing any more, without the ways round for finalizers.
///
/// # Safety
/// The caller has the only reference, which ends here; nothing is registered for the object.
#[inline]
pub(crate) unsafe fn free_emptied(object: NonNull<Header>) {
    // SAFETY: the caller's promise.
    unsafe {
        let class = NonNull::from(object.as_ref().class());
        free(object.cast(), object.as_ref().flags());
        super::class::release_from_instance(class);
    }
}

/// Gives the cell of an object with these flags back.
#[inline(always)]
unsafe fn free(cell: NonNull<u8>, flags: u8) {
    let heap = heap();
    // SAFETY: the cell was given out by `allocate` and its object is dropped.
    unsafe {
        (*heap).traced -= (flags & flag::TRACED != 0) as i64;
        if flags & flag::LARGE != 0 {
            return free_large(cell.cast::<Large>().sub(1));
        }
        let page = (cell.as_ptr() as usize & !(PAGE - 1)) as *const Page;
        let class = (*page).cell_size as usize / STEP;
        if CAN_BE_FREE && (*page).home.get() != (*heap).number {
            return free_foreign(cell.cast());
        }
        cell.cast::<Cell>().write(Cell { count: 0, next: (*heap).free[class] });
        (*heap).free[class] = cell.cast().as_ptr();
    }
}

/// The flag of an object of `size` bytes that stands alone.
#[inline(always)]
pub(crate) const fn flag_of(size: usize) -> u8 {
    if size > LARGEST_CELL { flag::LARGE } else { 0 }
}

unsafe fn free_large(large: NonNull<Large>) {
    /// The memory of a large object, at which others may still look.
    struct Memory(NonNull<Large>, usize);

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: the object is out of the list and dropped.
            unsafe { dealloc(self.0.as_ptr().cast(), large_layout(self.1)) }
        }
    }

    // SAFETY: `large` is in the list; its neighbours are alive.
    let size = COMMON.with(|common| unsafe {
        let Large { previous, next, size, .. } = *large.as_ref();
        if previous.is_null() {
            common.large = next;
        } else {
            (*previous).next = next;
        }
        if !next.is_null() {
            (*next).previous = previous;
        }
        size
    });
    // SAFETY: only the count is looked at from now on, and only where threads are parallel.
    unsafe { large.add(1).cast::<Cell>().as_mut().count = 0 };
    retire(Memory(large, size));
}

/// Shows every live object. The visitor must not allocate or free objects.
pub(crate) fn for_each_live(mut show: impl FnMut(NonNull<Header>)) {
    // SAFETY: nobody else runs and nothing is allocated meanwhile; a nonzero count marks a live object.
    COMMON.with(|common| unsafe {
        for &page in &common.pages {
            for i in 0..page.as_ref().fresh as usize {
                let object = cell_at(page, i).cast::<Header>();
                if object.as_ref().count.get() != 0 {
                    show(object);
                }
            }
        }
        let mut large = common.large;
        while !large.is_null() {
            let object = NonNull::new_unchecked(large.add(1).cast::<Header>());
            if object.as_ref().count.get() != 0 {
                show(object);
            }
            large = (*large).next;
        }
    })
}

/// Shows every live object that the collector looks into. The visitor must not allocate or free objects.
pub(crate) fn for_each_traced(mut show: impl FnMut(NonNull<Header>)) {
    for_each_live(|object| {
        // SAFETY: the object is alive.
        if unsafe { object.as_ref() }.has(flag::TRACED) {
            show(object);
        }
    })
}

/// The addresses of the live objects that have a finalizer which has not run.
pub(crate) fn unfinalized() -> Vec<usize> {
    let mut all = Vec::new();
    for_each_live(|object| {
        // SAFETY: the object is alive.
        let header = unsafe { object.as_ref() };
        if header.has(flag::FINALIZER) && !header.has(flag::FINALIZED) {
            all.push(object.as_ptr() as usize);
        }
    });
    all
}

/// Those of them that threads share, but for some.
pub(crate) fn shared_unfinalized(but: &[usize]) -> Vec<Value> {
    let mut all = unfinalized();
    all.retain(|object| !but.contains(object));
    let share = |object: usize| {
        let object = NonNull::new(object as *mut Header)?;
        // SAFETY: it was alive a moment ago, and nothing was dropped since.
        unsafe { (!object.as_ref().count.is_private()).then(|| Value::share(object)) }
    };
    all.into_iter().filter_map(share).collect()
}

/// How many traced objects live, as far as threads have told.
pub(crate) fn traced_alive() -> u64 {
    // SAFETY: the heap is this thread's.
    let alive = if CAN_BE_FREE { tell() } else { unsafe { (*heap()).traced } };
    alive.max(0) as u64
}

/// How many cells a walk through the heap looks at, free ones too.
pub(crate) fn cells() -> u64 {
    // SAFETY: pages live for ever; without the GIL the number may be a little old.
    COMMON.with(|common| common.pages.iter().map(|page| unsafe { page.as_ref() }.fresh as u64).sum())
}

/// The collector is asked next when so many more traced objects are alive than now.
pub(crate) fn rearm_collector(more: u64) {
    let limit = traced_alive().saturating_add(more) as i64;
    LIMIT.store(limit, Ordering::Relaxed);
    if !CAN_BE_FREE {
        // SAFETY: the GIL is held.
        unsafe { (*heap()).limit = limit };
    }
}

/// A number for each traced object, zero at first, for as long as this lives: they stand beside the pages, where an
/// object's address leads without a search. Nothing may be allocated or freed meanwhile, and only one may exist.
pub(crate) struct Marks {
    _tables: Vec<Box<[u32]>>,
}

impl Marks {
    pub(crate) fn new() -> Marks {
        let mut tables = Vec::new();
        // SAFETY: nobody else runs; the tables live as long as this.
        COMMON.with(|common| unsafe {
            for &page in &common.pages {
                let mut table = vec![0u32; page.as_ref().fresh as usize].into_boxed_slice();
                (*page.as_ptr()).marks = table.as_mut_ptr();
                tables.push(table);
            }
            let mut large = common.large;
            while !large.is_null() {
                (*large).mark = 0;
                large = (*large).next;
            }
        });
        Marks { _tables: tables }
    }

    /// The number of a live object.
    #[inline(always)]
    pub(crate) fn of(&mut self, object: NonNull<Header>) -> &mut u32 {
        let address = object.as_ptr() as usize;
        // SAFETY: the object is alive, so it stands in a page, whose table `new` made, or behind a `Large`.
        unsafe {
            if object.as_ref().has(flag::LARGE) {
                return &mut *(&raw mut (*object.cast::<Large>().sub(1).as_ptr()).mark).cast::<u32>();
            }
            let page = (address & !(PAGE - 1)) as *const Page;
            let distance = (address & (PAGE - 1)) - size_of::<Page>();
            &mut *(*page).marks.add(((distance as u64 * (*page).reciprocal as u64) >> 32) as usize)
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        // SAFETY: nobody else runs; no page was made since `new`.
        COMMON.with(|common| unsafe { common.pages.iter().for_each(|page| (*page.as_ptr()).marks = null_mut()) })
    }
}
