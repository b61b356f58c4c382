//! Cutting an object into the parts of a multipart copy.

/// "Part size: 5 MiB to 5 GiB. There is no minimum size limit on the last part"
/// (Amazon S3 User Guide, "Amazon S3 multipart upload limits").
pub const SMALLEST: u64 = 5 << 20;
/// The same; also the largest object that CopyObject takes.
pub const LARGEST: u64 = 5 << 30;
/// "Maximum number of parts per upload: 10,000" (the same page).
const MOST: u64 = 10_000;
/// S3 copies some 100 MiB a second: a part takes seconds, so that progress is seen and a
/// lost answer costs little.
pub const USUAL: u64 = 256 << 20;

/// One part: its number, and the offsets of its first and its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub number: i32,
    pub first: u64,
    pub last: u64,
}

impl Part {
    pub fn bytes(&self) -> u64 {
        self.last - self.first + 1
    }
}

/// Cuts `size` bytes into parts of equal size (but for a byte), of about `wish` bytes,
/// within the limits. An object that one part can hold is one part; an empty one is none.
pub fn plan(size: u64, wish: u64) -> Vec<Part> {
    let wish = wish.clamp(SMALLEST, LARGEST);
    let count = (size / wish).clamp(size.div_ceil(LARGEST), MOST).max(1);
    let (bytes, longer) = (size / count, size % count);
    let mut first = 0;
    let parts = (0..count).map(|index| {
        let end = first + bytes + u64::from(index < longer);
        let part = Part {
            number: i32::try_from(index + 1).expect("there are at most 10,000"),
            first,
            last: end.saturating_sub(1),
        };
        first = end;
        part
    });
    parts.take_while(|_| size > 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The largest volume that EC2 exports, 1 TiB; a VHD adds its footer and tables.
    const LARGEST_DISK: u64 = (1 << 40) + (1 << 30);

    proptest! {
        #[test]
        fn parts_cover_the_object_exactly(size in 0..=LARGEST_DISK, wish in 1..=2 * LARGEST) {
            let parts = plan(size, wish);
            let mut next = 0;
            for (index, part) in parts.iter().enumerate() {
                prop_assert_eq!(part.number as usize, index + 1);
                prop_assert_eq!(part.first, next);
                next = part.last + 1;
            }
            prop_assert_eq!(if parts.is_empty() { 0 } else { next }, size);
        }

        #[test]
        fn parts_keep_the_limits(size in SMALLEST..=LARGEST_DISK, wish in 1..=2 * LARGEST) {
            let parts = plan(size, wish);
            prop_assert!(parts.len() as u64 <= MOST);
            for part in parts {
                prop_assert!((SMALLEST..=LARGEST).contains(&part.bytes()), "{part:?}");
            }
        }
    }

    #[test]
    fn the_edges() {
        assert_eq!(plan(0, USUAL), []);
        assert_eq!(plan(1, USUAL), [Part { number: 1, first: 0, last: 0 }]);
        assert_eq!(plan(LARGEST, LARGEST).len(), 1);
        assert_eq!(plan(LARGEST + 1, LARGEST).len(), 2);
        assert_eq!(plan(LARGEST + 1, USUAL).len(), 20);
        assert_eq!(plan(1 << 40, SMALLEST).len(), 10_000);
    }
}
