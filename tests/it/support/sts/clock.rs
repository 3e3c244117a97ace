//! The stand-in's own clock, which tests can put wrong.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};

/// Real time plus an offset.
#[derive(Default)]
pub(super) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a server has a clock of its own")]
    pub(super) fn now(&self) -> DateTime<Utc> {
        Utc::now() + Duration::milliseconds(self.offset_ms.load(Ordering::SeqCst))
    }

    pub(super) fn set_offset(&self, offset: Duration) {
        self.offset_ms.store(offset.num_milliseconds(), Ordering::SeqCst);
    }
}

/// A time as XML gives it: `2026-01-31T12:00:00Z`.
pub(super) fn iso8601(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as `X-Amz-Date` gives it: `20260131T120000Z`.
pub(super) fn basic(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// A time as HTTP's `Date` gives it: `Sat, 31 Jan 2026 12:00:00 GMT`.
pub(super) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
