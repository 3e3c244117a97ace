//! Searches for single bytes, by what every processor of the target has.
//!
//! The functions of `memchr` itself first ask an x86 processor whether it has more than that. In a
//! virtual machine, each of those questions goes to the hypervisor: together they take longer than
//! everything that is searched in two small files. The answer would pay only in files of several MB.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod bytes {
    use memchr::arch::x86_64::sse2::memchr::{One, Three, Two};

    const HAS_IT: &str = "BUG: it was compiled for a processor with SSE2";

    #[inline]
    pub(crate) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
        One::new(byte).expect(HAS_IT).find(bytes)
    }

    #[inline]
    pub(crate) fn find_of_two([one, two]: [u8; 2], bytes: &[u8]) -> Option<usize> {
        Two::new(one, two).expect(HAS_IT).find(bytes)
    }

    #[inline]
    pub(crate) fn find_of_three([one, two, three]: [u8; 3], bytes: &[u8]) -> Option<usize> {
        Three::new(one, two, three).expect(HAS_IT).find(bytes)
    }

    #[inline]
    pub(super) fn count(byte: u8, bytes: &[u8]) -> usize {
        One::new(byte).expect(HAS_IT).count(bytes)
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
mod bytes {
    use memchr::{memchr, memchr_iter, memchr2, memchr3};

    pub(crate) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
        memchr(byte, bytes)
    }

    pub(crate) fn find_of_two([one, two]: [u8; 2], bytes: &[u8]) -> Option<usize> {
        memchr2(one, two, bytes)
    }

    pub(crate) fn find_of_three([one, two, three]: [u8; 3], bytes: &[u8]) -> Option<usize> {
        memchr3(one, two, three, bytes)
    }

    pub(super) fn count(byte: u8, bytes: &[u8]) -> usize {
        memchr_iter(byte, bytes).count()
    }
}

pub(crate) use bytes::{find, find_of_three, find_of_two};

/// Returns the number of lines that end in `bytes`.
pub fn line_ends(bytes: &[u8]) -> usize {
    bytes::count(b'\n', bytes)
}

/// Returns where the first bracket at the start of a line is, other than the first byte of all.
#[inline]
pub(crate) fn find_bracket(bytes: &[u8]) -> Option<usize> {
    let mut from = 1;
    loop {
        let at = from + find(b'[', bytes.get(from..)?)?;
        if bytes[at - 1] == b'\n' {
            return Some(at);
        }
        from = at + 1;
    }
}
