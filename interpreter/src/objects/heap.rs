//! Where objects live: pages of equal cells, so that allocation is a pop and the collector can walk them all.
//!
//! In: sizes. Out: cells of memory, sixteen-byte aligned. The one invariant: a cell's first word, its object's count, is
//! zero exactly while the cell is free, and then its second word links to the next free one. Objects above
//! `LARGEST_CELL` are allocated one by one with a link to their neighbours in front.
//!
//! Free lists were worth 13-18 % on allocation-heavy programs, and walking pages spares each object the two words by
//! which CPython's collector links them.

use super::header::{Header, flag};
use crate::runtime::finalize;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::UnsafeCell;
use std::ptr::{NonNull, null_mut};

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
    cells: u32,
    /// While the collector counts: its numbers, one for each `STEP` of the page. Null otherwise.
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

struct Heap {
    free: [*mut Cell; CLASSES],
    pages: Vec<NonNull<Page>>,
    large: *mut Large,
    /// Objects alive that the collector looks into, and how many there may be before it is asked.
    traced: u64,
    limit: u64,
    depth: u32,
    put_off: Vec<NonNull<Header>>,
}

#[repr(C)]
struct Cell {
    count: u64,
    next: *mut Cell,
}

struct Global(UnsafeCell<Heap>);

// SAFETY: only threads that hold the GIL make or drop values.
unsafe impl Sync for Global {}

static HEAP: Global = Global(UnsafeCell::new(Heap {
    free: [null_mut(); CLASSES],
    pages: Vec::new(),
    large: null_mut(),
    traced: 0,
    limit: 10_000,
    depth: 0,
    put_off: Vec::new(),
}));

#[inline(always)]
fn heap() -> *mut Heap {
    HEAP.0.get()
}

/// Room for an object of `size` bytes, header included.
#[inline(always)]
pub(crate) fn allocate(size: usize, traced: bool) -> NonNull<u8> {
    let heap = heap();
    if traced {
        // SAFETY: the GIL is held; see `Global`.
        unsafe {
            (*heap).traced += 1;
            if (*heap).traced > (*heap).limit {
                ask_for_collection();
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
            return allocate_page(class);
        }
        (*heap).free[class] = (*cell).next;
        NonNull::new_unchecked(cell.cast())
    }
}

#[cold]
#[inline(never)]
fn ask_for_collection() {
    // SAFETY: the GIL is held. Asked once: the collector sets the next limit.
    unsafe { (*heap()).limit = u64::MAX };
    crate::sync::breaker::set(crate::sync::breaker::COLLECT);
}

/// Makes a page of cells, links all but the first into the free list and gives out the first.
#[cold]
#[inline(never)]
fn allocate_page(class: usize) -> NonNull<u8> {
    let layout = Layout::from_size_align(PAGE, PAGE).expect("a page has a valid layout");
    // SAFETY: the layout is not empty.
    let Some(page) = NonNull::new(unsafe { alloc(layout) }.cast::<Page>()) else { handle_alloc_error(layout) };
    let cell_size = class * STEP;
    let cells = (PAGE - size_of::<Page>()) / cell_size;
    // SAFETY: all cells lie inside the page; the GIL is held.
    unsafe {
        page.write(Page { cell_size: cell_size as u32, cells: cells as u32, marks: null_mut() });
        let mut next = null_mut();
        for i in (1..cells).rev() {
            let cell = cell_at(page, i).cast::<Cell>();
            cell.write(Cell { count: 0, next });
            next = cell.as_ptr();
        }
        (*heap()).free[class] = next;
        (*heap()).pages.push(page);
        cell_at(page, 0).cast()
    }
}

unsafe fn cell_at(page: NonNull<Page>, i: usize) -> NonNull<u8> {
    // SAFETY: the caller asks for a cell of the page.
    unsafe { page.cast::<u8>().add(size_of::<Page>() + i * page.as_ref().cell_size as usize) }
}

#[cold]
#[inline(never)]
fn allocate_large(size: usize) -> NonNull<u8> {
    let layout = large_layout(size);
    // SAFETY: the layout is not empty; the list of large objects is touched under the GIL.
    unsafe {
        let Some(large) = NonNull::new(alloc(layout).cast::<Large>()) else { handle_alloc_error(layout) };
        let next = (*heap()).large;
        large.write(Large { previous: null_mut(), next, size, mark: 0 });
        if !next.is_null() {
            (*next).previous = large.as_ptr();
        }
        (*heap()).large = large.as_ptr();
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
    let header = unsafe { object.as_ref() };
    if header.has(flag::FINALIZER | flag::WEAKLY_REFERENCED) && finalize::resurrect(object) {
        return;
    }
    // SAFETY: the GIL is held; `Heap` is not borrowed across the drop.
    unsafe {
        if (*heap()).depth >= DEEPEST {
            (*heap()).put_off.push(object);
            return;
        }
        (*heap()).depth += 1;
        destroy(object);
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
            destroy(object);
            (*heap()).depth = 0;
        }
    }
}

/// Drops the data, gives the cell back and lets go of the class.
#[inline(always)]
unsafe fn destroy(object: NonNull<Header>) {
    // SAFETY: the caller's promise; the class is let go only after the last use of the shape.
    unsafe {
        let header = object.as_ref();
        let traced = header.has(flag::TRACED);
        if header.has(flag::SIDE_ATTRS) {
            super::attrs::forget(object);
        }
        let class = NonNull::from(header.class());
        header.kind.drop_data(object);
        free(object.cast(), traced);
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
        free(object.cast(), object.as_ref().has(flag::TRACED));
        super::class::release_from_instance(class);
    }
}

/// Gives a cell back.
#[inline(always)]
unsafe fn free(cell: NonNull<u8>, traced: bool) {
    let heap = heap();
    // SAFETY: the cell was given out by `allocate` and its object is dropped.
    unsafe {
        (*heap).traced -= traced as u64;
        match cell_size_of(cell) {
            Some(cell_size) => {
                let class = cell_size / STEP;
                cell.cast::<Cell>().write(Cell { count: 0, next: (*heap).free[class] });
                (*heap).free[class] = cell.cast().as_ptr();
            }
            None => free_large(cell.cast::<Large>().sub(1)),
        }
    }
}

/// The cell size of the page that a cell lies in, or nothing for a large object.
#[inline(always)]
unsafe fn cell_size_of(cell: NonNull<u8>) -> Option<usize> {
    // SAFETY: see `IS_LARGE`: the bit stands in the object's header, which is readable until the cell is reused.
    unsafe {
        let header = cell.cast::<Header>().as_ref();
        if header.lock.get() & LARGE != 0 {
            return None;
        }
        let page = (cell.as_ptr() as usize & !(PAGE - 1)) as *const Page;
        Some((*page).cell_size as usize)
    }
}

/// The bit of `Header::lock` that marks a large object.
pub(crate) const LARGE: u8 = 0x80;

/// Whether an object of `size` bytes gets the `LARGE` mark.
#[inline(always)]
pub(crate) const fn is_large(size: usize) -> bool {
    size > LARGEST_CELL
}

unsafe fn free_large(large: NonNull<Large>) {
    // SAFETY: `large` is in the list; its neighbours are alive.
    unsafe {
        let Large { previous, next, size, .. } = *large.as_ref();
        if previous.is_null() {
            (*heap()).large = next;
        } else {
            (*previous).next = next;
        }
        if !next.is_null() {
            (*next).previous = previous;
        }
        dealloc(large.as_ptr().cast(), large_layout(size));
    }
}

/// Shows every live object that the collector looks into. The visitor must not allocate or free objects.
pub(crate) fn for_each_traced(mut show: impl FnMut(NonNull<Header>)) {
    // SAFETY: the GIL is held and nothing is allocated meanwhile; a nonzero count marks a live object.
    unsafe {
        for &page in &(*heap()).pages {
            for i in 0..page.as_ref().cells as usize {
                let object = cell_at(page, i).cast::<Header>();
                if object.as_ref().count.get() != 0 && object.as_ref().has(flag::TRACED) {
                    show(object);
                }
            }
        }
        let mut large = (*heap()).large;
        while !large.is_null() {
            let object = NonNull::new_unchecked(large.add(1).cast::<Header>());
            if object.as_ref().has(flag::TRACED) {
                show(object);
            }
            large = (*large).next;
        }
    }
}

/// How many live objects have a finalizer that has not run.
pub(crate) fn unfinalized() -> usize {
    let waits = |header: &Header| header.has(flag::FINALIZER) && !header.has(flag::FINALIZED);
    let mut count = 0;
    // SAFETY: the GIL is held and nothing is allocated meanwhile; a nonzero count marks a live object.
    unsafe {
        for &page in &(*heap()).pages {
            for i in 0..page.as_ref().cells as usize {
                let object = cell_at(page, i).cast::<Header>();
                count += (object.as_ref().count.get() != 0 && waits(object.as_ref())) as usize;
            }
        }
        let mut large = (*heap()).large;
        while !large.is_null() {
            count += waits(&*large.add(1).cast::<Header>()) as usize;
            large = (*large).next;
        }
    }
    count
}

/// How many traced objects live.
pub(crate) fn traced_alive() -> u64 {
    // SAFETY: the GIL is held.
    unsafe { (*heap()).traced }
}

/// The collector is asked next when so many more traced objects are alive than now.
pub(crate) fn rearm_collector(more: u64) {
    // SAFETY: the GIL is held.
    unsafe { (*heap()).limit = (*heap()).traced + more };
}

/// A number for each traced object, zero at first, for as long as this lives: they stand beside the pages, where an
/// object's address leads without a search. Nothing may be allocated or freed meanwhile, and only one may exist.
pub(crate) struct Marks {
    _tables: Vec<Box<[u32]>>,
}

impl Marks {
    pub(crate) fn new() -> Marks {
        let mut tables = Vec::new();
        // SAFETY: the GIL is held; the tables live as long as this.
        unsafe {
            for &page in &(*heap()).pages {
                let mut table = vec![0u32; PAGE / STEP].into_boxed_slice();
                (*page.as_ptr()).marks = table.as_mut_ptr();
                tables.push(table);
            }
            let mut large = (*heap()).large;
            while !large.is_null() {
                (*large).mark = 0;
                large = (*large).next;
            }
        }
        Marks { _tables: tables }
    }

    /// The number of a live object.
    #[inline(always)]
    pub(crate) fn of(&mut self, object: NonNull<Header>) -> &mut u32 {
        let address = object.as_ptr() as usize;
        // SAFETY: the object is alive, so it stands in a page, whose table `new` made, or behind a `Large`.
        unsafe {
            if object.as_ref().lock.get() & LARGE != 0 {
                return &mut *(&raw mut (*object.cast::<Large>().sub(1).as_ptr()).mark).cast::<u32>();
            }
            let page = (address & !(PAGE - 1)) as *const Page;
            &mut *(*page).marks.add((address & (PAGE - 1)) / STEP)
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        // SAFETY: the GIL is held; no page was made since `new`.
        unsafe { (*heap()).pages.iter().for_each(|page| (*page.as_ptr()).marks = null_mut()) }
    }
}
