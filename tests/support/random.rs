//! Random numbers and values of flags, the same ones in every run.

use prosody_stability::inventory::{Category, Rollout};

/// Numbers that look random and are the same in every run: splitmix64.
pub struct Random(pub u64);

impl Random {
    /// A number from 0 up to, and without, the end.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ bits >> 31) % end as u64).unwrap()
    }

    /// True every other time.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// On, off, or on for some categories.
    pub fn rollout(&mut self) -> Rollout {
        match self.below(4) {
            0 => Rollout::All(true),
            1 => Rollout::All(false),
            _ => {
                let categories = Category::ALL.into_iter();
                let categories = categories.filter(|c| *c != Category::Core);
                Rollout::Only(categories.filter(|_| self.coin()).collect())
            }
        }
    }
}
