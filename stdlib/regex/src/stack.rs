//! The backtrack stack: choices still open, and what to undo on the way back to them.
//! In: frames. Out: frames, last first.
//! Invariant: undoing every frame above a choice gives the exact state in which it was made.
use crate::error::Stop;
use crate::program::Pc;

/// Bytes of frames at most, unless the caller says otherwise.
const LIMIT: usize = 1 << 30;

/// No position.
pub(crate) const NONE: usize = usize::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Frame {
    /// The targets of a branch not tried yet, as a mask.
    Branch { branch: u32, pos: usize, rest: u64 },
    /// A greedy repeat that can give back down to `min`.
    Greedy { pc: Pc, pos: usize, min: usize },
    /// A lazy repeat that can take more, up to `max`.
    Lazy { pc: Pc, pos: usize, max: usize },
    /// A loop that can be left here.
    Leave { pc: Pc, pos: usize },
    /// A lazy loop that can go round again.
    Again { pc: Pc, pos: usize },
    /// The beginning of a region; `outer` is the region around it.
    Region { on_fail: Option<Pc>, outer: u32, pos: usize },
    /// Undo of a mark.
    Mark { mark: u32, last_index: u32, old: usize },
    /// Undo of a loop's state.
    Slot { slot: u32, count: u32, last: usize },
}

/// What a match works with, kept from one match to the next so that nothing is allocated twice.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// The greatest number of frames.
    limit: usize,
    pub frames: Vec<Frame>,
    /// Start and end of every group.
    pub marks: Vec<usize>,
    /// Per counted loop: iterations done, and where the last one began.
    pub slots: Vec<(u32, usize)>,
    /// The group closed last, or 0.
    pub last_index: u32,
    /// The frame of the innermost open region.
    pub region: u32,
}

impl Default for Scratch {
    fn default() -> Scratch {
        let mut new =
            Scratch { limit: 0, frames: vec![], marks: vec![], slots: vec![], last_index: 0, region: u32::MAX };
        new.set_limit(LIMIT);
        new
    }
}

impl Scratch {
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = (bytes / size_of::<Frame>()).min(u32::MAX as usize);
    }

    /// Makes room for a program's groups and loops.
    pub fn prepare(&mut self, marks: usize, slots: usize) {
        self.marks.resize(marks, NONE);
        self.slots.resize(slots, (0, NONE));
    }

    #[inline(always)]
    pub fn reset(&mut self) {
        self.frames.clear();
        for mark in &mut self.marks {
            *mark = NONE;
        }
        self.last_index = 0;
        self.region = u32::MAX;
    }

    #[inline(always)]
    pub fn push(&mut self, frame: Frame) -> Result<(), Stop> {
        if self.frames.len() == self.frames.capacity() {
            self.grow()?;
        }
        self.frames.push(frame);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> Result<(), Stop> {
        let more = self.frames.len().max(64).min(self.limit.saturating_sub(self.frames.len()));
        if more == 0 {
            return Err(Stop::Memory);
        }
        self.frames.try_reserve_exact(more).map_err(|_| Stop::Memory)
    }

    #[inline(always)]
    pub fn set_mark(&mut self, mark: u32, pos: usize) -> Result<(), Stop> {
        let old = std::mem::replace(&mut self.marks[mark as usize], pos);
        if !self.frames.is_empty() {
            self.push(Frame::Mark { mark, last_index: self.last_index, old })?;
        }
        if mark & 1 == 1 {
            self.last_index = mark / 2 + 1;
        }
        Ok(())
    }

    #[inline(always)]
    pub fn set_slot(&mut self, slot: u32, count: u32, last: usize) -> Result<(), Stop> {
        let old = std::mem::replace(&mut self.slots[slot as usize], (count, last));
        self.push(Frame::Slot { slot, count: old.0, last: old.1 })
    }

    pub fn enter(&mut self, on_fail: Option<Pc>, pos: usize) -> Result<(), Stop> {
        let here = self.frames.len() as u32;
        self.push(Frame::Region { on_fail, outer: self.region, pos })?;
        self.region = here;
        Ok(())
    }

    /// Ends the innermost region, keeps what it did, and gives back where it began.
    pub fn commit(&mut self) -> usize {
        let base = self.region as usize;
        let Frame::Region { outer, pos, .. } = self.frames[base] else {
            unreachable!("a region begins with its frame")
        };
        let mut kept = base;
        for i in base + 1..self.frames.len() {
            if matches!(self.frames[i], Frame::Mark { .. } | Frame::Slot { .. }) {
                self.frames[kept] = self.frames[i];
                kept += 1;
            }
        }
        self.frames.truncate(kept);
        self.region = outer;
        pos
    }

    /// Ends the innermost region and undoes what it did.
    pub fn refute(&mut self) {
        let base = self.region as usize;
        while self.frames.len() > base {
            if let Some(frame) = self.frames.pop() {
                self.undo(frame);
            }
        }
    }

    /// Takes back what the frame stands for; choices stand for nothing.
    #[inline(always)]
    pub fn undo(&mut self, frame: Frame) {
        match frame {
            Frame::Mark { mark, last_index, old } => {
                self.marks[mark as usize] = old;
                self.last_index = last_index;
            }
            Frame::Slot { slot, count, last } => self.slots[slot as usize] = (count, last),
            Frame::Region { outer, .. } => self.region = outer,
            _ => {}
        }
    }
}
