//! Whether a stored session can be used or should be renewed: a pure function of three times.

use chrono::{DateTime, TimeDelta, Utc};

/// A session that ends sooner than this is not handed out any more: its caller may need a moment to
/// sign and send a request.
const LEAST_REMAINING: TimeDelta = TimeDelta::seconds(60);
/// How much before its callers would ask again a session is renewed.
const AHEAD_OF_CALLERS: TimeDelta = TimeDelta::seconds(30);

/// When a session was made and when it ends, both by this machine's clock (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When it was created.
    pub minted: DateTime<Utc>,
    /// When it expires.
    pub ends: DateTime<Utc>,
}

/// What may be done with a session now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Hand it out.
    Fresh,
    /// Hand it out, but renew it first if that is quick and asks nobody.
    Due,
    /// Never hand it out.
    Ended,
}

impl Lifetime {
    /// What may be done with the session at `now`.
    ///
    /// It is due when its callers would soon ask for another: botocore runs a credential process
    /// again on every request once less than 15 minutes remain (its coming rule: 5, 15 or 60
    /// minutes by length), and a session that is not renewed by then costs a process for each.
    pub(crate) fn freshness(self, now: DateTime<Utc>) -> Freshness {
        let remaining = self.ends - now;
        let length = self.ends - self.minted;
        // No session is due as soon as it is made, however short it is.
        let due = (callers_window(length) + AHEAD_OF_CALLERS).min(length * 3 / 4);
        // One that was made in the future was made by a clock that has been put back since: its
        // age and so its end can't be told.
        if remaining <= LEAST_REMAINING || self.minted - now > LEAST_REMAINING {
            Freshness::Ended
        } else if remaining < due {
            Freshness::Due
        } else {
            Freshness::Fresh
        }
    }
}

fn callers_window(length: TimeDelta) -> TimeDelta {
    match length.num_minutes() {
        ..=20 => TimeDelta::minutes(5),
        21..=90 => TimeDelta::minutes(15),
        _ => TimeDelta::minutes(60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session of `length` minutes is with `remaining` seconds to go.
    fn at(length: i64, remaining: i64) -> Freshness {
        let ends = DateTime::UNIX_EPOCH + TimeDelta::minutes(length);
        let lifetime = Lifetime { minted: DateTime::UNIX_EPOCH, ends };
        lifetime.freshness(ends - TimeDelta::seconds(remaining))
    }

    #[test]
    fn the_window_follows_the_length_of_the_session() {
        for (length, window) in
            [(15, 330), (20, 330), (60, 930), (90, 930), (91, 3630), (720, 3630)]
        {
            assert_eq!(at(length, window), Freshness::Fresh, "{length} minutes");
            assert_eq!(at(length, window - 1), Freshness::Due, "{length} minutes");
            assert_eq!(at(length, 61), Freshness::Due, "{length} minutes");
            assert_eq!(at(length, 60), Freshness::Ended, "{length} minutes");
            assert_eq!(at(length, -5), Freshness::Ended, "{length} minutes");
        }
    }

    #[test]
    fn a_session_just_made_is_never_due() {
        for length in [2, 5, 16, 21, 70, 91, 720] {
            assert_eq!(at(length, length * 60), Freshness::Fresh, "{length} minutes");
        }
    }

    #[test]
    fn a_session_from_the_future_is_not_trusted() {
        let minted = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let lifetime = Lifetime { minted, ends: minted + TimeDelta::hours(1) };
        assert_eq!(lifetime.freshness(DateTime::UNIX_EPOCH), Freshness::Ended);
    }
}
