//! Pages of cells: where a thread gets cells when it has none left, and where those go that it does not need.
//!
//! In: sizes, and cells that were freed. Out: free cells. The one invariant: a page's cells are given out by its home alone.
//!
//! Without the GIL a page has a *home*, the thread that allocates from it, so that what two threads make never stands in one cache
//! line. A cell that another thread frees goes back to its page, for the home to find; a thread that ends leaves its pages to
//! whoever needs cells next.

use super::{BUNDLE, Bundle, CLASSES, COMMON, Cell, Common, EMPTY, PAGE, Page, STEP, heap, tell};
use crate::sync::{CAN_BE_FREE, Word};
use std::alloc::{Layout, alloc, handle_alloc_error};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// How much of a page is linked into the free list at once: threads that make little write little.
const PIECE: usize = 4096;
/// How many pages `Common::returned` shows, as a hint.
static RETURNED: AtomicUsize = AtomicUsize::new(0);
/// The number of the next heap.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

/// A cell where the thread has none left: of the page in use, of one to which cells came back, or of a new one.
#[cold]
#[inline(never)]
pub(super) fn refill(class: usize) -> NonNull<u8> {
    let heap = heap();
    // SAFETY: the heap is this thread's; its pages are valid, and what came back to one are free cells.
    unsafe {
        let current = (*heap).current[class];
        if !current.is_null() && (*current).fresh < (*current).cells {
            return carve(NonNull::new_unchecked(current), class);
        }
        let Some((page, returned)) = adopt(class) else { return carve(allocate_page(class), class) };
        (*heap).current[class] = page.as_ptr();
        match NonNull::new(returned) {
            Some(cell) => {
                (*heap).free[class] = cell.as_ref().next;
                cell.cast()
            }
            None => carve(page, class),
        }
    }
}

/// A page with free cells that is this thread's, or nobody's: from now on it is this thread's. With it the cells that came back to it, taken
/// under the lock, for more may come back at once.
fn adopt(class: usize) -> Option<(NonNull<Page>, *mut Cell)> {
    if RETURNED.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let me = number();
    COMMON.with(|common| {
        let returned = &mut common.returned[class];
        // SAFETY: pages live for ever.
        let home_is = |home: u32| returned.iter().rposition(|page| unsafe { page.as_ref() }.home.get() == home);
        let i = home_is(me).or_else(|| home_is(0))?;
        let mut page = returned.swap_remove(i);
        RETURNED.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: as above; the heap is this thread's.
        unsafe {
            page.as_mut().listed = false;
            if page.as_ref().home.get() != me {
                page.as_ref().home.set(me);
                (*heap()).pages.push(page);
            }
        }
        // SAFETY: as above.
        Some((page, std::mem::replace(unsafe { &mut page.as_mut().returned }, null_mut())))
    })
}

/// This heap's number.
fn number() -> u32 {
    let heap = heap();
    // SAFETY: the heap is this thread's.
    unsafe {
        if (*heap).number == 0 {
            (*heap).number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        }
        (*heap).number
    }
}

/// A page of cells that were never used.
fn allocate_page(class: usize) -> NonNull<Page> {
    let layout = Layout::from_size_align(PAGE, PAGE).expect("a page has a valid layout");
    // SAFETY: the layout is not empty.
    let Some(page) = NonNull::new(unsafe { alloc(layout) }.cast::<Page>()) else { handle_alloc_error(layout) };
    let cell_size = class * STEP;
    let cells = (PAGE - size_of::<Page>()) / cell_size;
    let reciprocal = (1u64 << 32).div_ceil(cell_size as u64) as u32;
    let (cell_size, cells, home) = (cell_size as u32, cells as u32, Word::new(number()));
    let (marks, returned, listed) = (null_mut(), null_mut(), false);
    // SAFETY: the page is this thread's, as is the heap.
    unsafe {
        page.write(Page { cell_size, reciprocal, cells, fresh: 0, home, returned, listed, marks });
        (*heap()).current[class] = page.as_ptr();
        if CAN_BE_FREE {
            (*heap()).pages.push(page);
        }
    }
    COMMON.with(|common| common.pages.push(page));
    page
}

/// Links the next piece of a page into the free list, but for the first cell, which it gives out.
fn carve(mut page: NonNull<Page>, class: usize) -> NonNull<u8> {
    // SAFETY: the page is this thread's and has cells that were never used; all lie inside it.
    unsafe {
        let first = page.as_ref().fresh as usize;
        let end = (page.as_ref().cells as usize).min(first + (PIECE / (class * STEP)));
        let mut next = null_mut();
        for i in (first..end).rev() {
            let cell = cell_at(page, i).cast::<Cell>();
            // Nothing must look like an object before it is one.
            cell.write(Cell { count: 0, next });
            next = cell.as_ptr();
        }
        (*heap()).free[class] = (*next).next;
        page.as_mut().fresh = end as u32;
        NonNull::new_unchecked(next.cast())
    }
}

pub(super) unsafe fn cell_at(page: NonNull<Page>, i: usize) -> NonNull<u8> {
    // SAFETY: the caller asks for a cell of the page.
    unsafe { page.cast::<u8>().add(size_of::<Page>() + i * page.as_ref().cell_size as usize) }
}

/// Gives back a cell of another thread's page.
#[inline(never)]
pub(super) unsafe fn free_foreign(cell: NonNull<Cell>) {
    // SAFETY: as in `free`.
    unsafe {
        let bundle = &mut (*heap()).foreign;
        cell.write(Cell { count: 0, next: bundle.first });
        *bundle = Bundle { first: cell.as_ptr(), count: bundle.count + 1 };
        if bundle.count == BUNDLE {
            let first = std::mem::replace(bundle, EMPTY).first;
            COMMON.with(|common| return_cells(common, first));
        }
    }
}

/// Brings free cells back to their pages.
unsafe fn return_cells(common: &mut Common, mut cell: *mut Cell) {
    // SAFETY: the cells are free and linked; what is changed in a page is guarded by the lock.
    unsafe {
        while !cell.is_null() {
            let next = (*cell).next;
            let page = (cell as usize & !(PAGE - 1)) as *mut Page;
            (*cell).next = std::mem::replace(&mut (*page).returned, cell);
            list(common, NonNull::new_unchecked(page));
            cell = next;
        }
    }
}

/// Shows that a page has free cells.
unsafe fn list(common: &mut Common, mut page: NonNull<Page>) {
    // SAFETY: pages live for ever; what is changed is guarded by the lock.
    let page_ref = unsafe { page.as_mut() };
    if !std::mem::replace(&mut page_ref.listed, true) {
        common.returned[page_ref.cell_size as usize / STEP].push(page);
        RETURNED.fetch_add(1, Ordering::Relaxed);
    }
}

/// The calling thread ends: its pages are for the others.
pub(crate) fn hand_over() {
    if !CAN_BE_FREE {
        return;
    }
    tell();
    // SAFETY: the heap is this thread's, which makes no object any more.
    unsafe {
        let heap = heap();
        COMMON.with(|common| {
            return_cells(common, std::mem::replace(&mut (*heap).foreign, EMPTY).first);
            (*heap).free.iter_mut().for_each(|free| return_cells(common, std::mem::replace(free, null_mut())));
            (*heap).current = [null_mut(); CLASSES];
            for page in std::mem::take(&mut (*heap).pages) {
                page.as_ref().home.set(0);
                if page.as_ref().fresh < page.as_ref().cells {
                    list(common, page);
                }
            }
        });
    }
}
