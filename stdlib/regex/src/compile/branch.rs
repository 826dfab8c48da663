//! Alternation: choices that look at the next character before they try.
//! In: branches, or targets of a loop, with what they can begin with. Out: `Op::Branch` and its table.
//! Invariant: a target is left out of a mask only if it cannot match there.
use super::Compiler;
use crate::error::Error;
use crate::first::{First, Follow};
use crate::program::{Branch, Op, Pc};
use crate::tree::Node;

/// Bits in a mask, so targets of one choice.
const MOST: usize = 64;

impl Compiler {
    pub(super) fn alternatives(&mut self, branches: &[Node], follow: &Follow) -> Result<(), Error> {
        if branches.len() > MOST {
            let size = branches.len().div_ceil(MOST).max(MOST.min(branches.len() / 2));
            let groups: Vec<Node> = branches.chunks(size).map(|c| Node::Alt(c.to_vec())).collect();
            return self.alternatives(&groups, follow);
        }
        let choice = self.emit(Op::Match);
        let mut targets = vec![];
        let mut jumps = vec![];
        for (i, branch) in branches.iter().enumerate() {
            targets.push((self.here(), First::of(branch).then(follow)));
            self.node(branch, follow)?;
            if i + 1 < branches.len() {
                jumps.push(self.emit(Op::Match));
            }
        }
        for jump in jumps {
            self.ops[jump as usize] = Op::Jump(self.here());
        }
        self.ops[choice as usize] = self.choice(&targets);
        Ok(())
    }

    /// The instruction for a choice between places in order of preference.
    pub(super) fn choice(&mut self, targets: &[(Pc, Follow)]) -> Op {
        let mut masks = [0u64; 256];
        let (mut wide, mut at_end) = (0, 0);
        for (i, (_, follow)) in targets.iter().enumerate() {
            let bit = 1 << i;
            match follow {
                Follow::Known { set, at_end: end } => {
                    for &(lo, hi) in set.ranges() {
                        masks.iter_mut().take(hi as usize + 1).skip(lo as usize).for_each(|m| *m |= bit);
                        wide |= if hi > 255 { bit } else { 0 };
                    }
                    at_end |= if *end { bit } else { 0 };
                }
                _ => {
                    masks.iter_mut().for_each(|m| *m |= bit);
                    wide |= bit;
                    at_end |= bit;
                }
            }
        }
        let mut distinct: Vec<u64> = vec![];
        let table = masks.map(|mask| match distinct.iter().position(|&d| d == mask) {
            Some(known) => known as u8,
            None => {
                distinct.push(mask);
                (distinct.len() - 1) as u8
            }
        });
        let targets = targets.iter().map(|t| t.0).collect();
        self.branches.push(Branch { targets, table, masks: distinct, wide, at_end });
        Op::Branch(self.branches.len() as u32 - 1)
    }
}
