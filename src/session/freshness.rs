//! Whether a stored session can be used or should be renewed: a pure function of three times.

use chrono::{DateTime, TimeDelta, Utc};

/// A session that expires sooner than this counts as expired: its caller needs a moment to sign and
/// send a request.
const LEAST_REMAINING: TimeDelta = TimeDelta::seconds(60);
/// A session is renewed this long before its callers would ask for another.
const AHEAD_OF_CALLERS: TimeDelta = TimeDelta::seconds(30);

/// When a session was created and when it expires, both by this machine's clock (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// When it was created.
    pub(crate) minted: DateTime<Utc>,
    /// When it expires.
    pub(crate) ends: DateTime<Utc>,
}

/// What may be done with a session now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Return it.
    Fresh,
    /// Return it, but first try to renew it if that is quick and needs no prompt.
    Due,
    /// Never return it.
    Ended,
}

impl Lifetime {
    /// Returns what may be done with the session at `now`.
    ///
    /// It is due when its callers would soon ask for another. Once less than 15 minutes remain,
    /// botocore runs the credential process again for every request, so a session that is not
    /// renewed by then costs a process each time. (A later botocore will use 5, 15 or 60 minutes,
    /// depending on the session's length.)
    pub(crate) fn freshness(self, now: DateTime<Utc>) -> Freshness {
        self.judge(now, LEAST_REMAINING)
    }

    /// Returns what a server may do at `now` with the session that it holds. Differs from
    /// [`Self::freshness`] only for sessions that are too short for it, of less than four minutes: a quarter
    /// of their length is enough to be handed out.
    pub(crate) fn freshness_in_server(self, now: DateTime<Utc>) -> Freshness {
        self.judge(now, LEAST_REMAINING.min(self.length() / 4))
    }

    /// Returns when the session becomes due.
    pub(crate) fn due_at(self) -> DateTime<Utc> {
        self.ends - self.window()
    }

    fn length(self) -> TimeDelta {
        self.ends - self.minted
    }

    /// Returns how long before its end the session is due: never right after it was created, however short
    /// it is.
    fn window(self) -> TimeDelta {
        let length = self.length();
        (callers_window(length) + AHEAD_OF_CALLERS).min(length * 3 / 4)
    }

    fn judge(self, now: DateTime<Utc>, least: TimeDelta) -> Freshness {
        let remaining = self.ends - now;
        // A session from the future was created before the clock was set back, so its real
        // expiration is unknown.
        if remaining <= least || self.minted - now > LEAST_REMAINING {
            Freshness::Ended
        } else if remaining < self.window() {
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

    /// The freshness of a session of `length` minutes with `remaining` seconds left.
    fn at(length: i64, remaining: i64) -> Freshness {
        let ends = DateTime::UNIX_EPOCH + TimeDelta::minutes(length);
        let lifetime = Lifetime { minted: DateTime::UNIX_EPOCH, ends };
        lifetime.freshness(ends - TimeDelta::seconds(remaining))
    }

    #[test]
    fn the_renewal_window_depends_on_the_length_of_the_session() {
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
    fn a_new_session_is_never_due() {
        for length in [2, 5, 16, 21, 70, 91, 720] {
            assert_eq!(at(length, length * 60), Freshness::Fresh, "{length} minutes");
        }
    }

    #[test]
    fn a_server_hands_out_short_sessions_too_and_long_ones_as_others_do() {
        let minted = DateTime::UNIX_EPOCH;
        let judged = |seconds: i64, remaining: i64| {
            let ends = minted + TimeDelta::seconds(seconds);
            let lifetime = Lifetime { minted, ends };
            assert_eq!(lifetime.due_at().max(minted), lifetime.due_at());
            lifetime.freshness_in_server(ends - TimeDelta::seconds(remaining))
        };
        assert_eq!(
            [5, 4, 3, 2, 1].map(|left| judged(5, left)),
            [Freshness::Fresh, Freshness::Fresh, Freshness::Due, Freshness::Due, Freshness::Ended]
        );
        for seconds in [900, 3600, 43_200] {
            for remaining in [59, 60, 61, 329, 331, 929, 931, 3629, 3631] {
                let expected = at(seconds / 60, remaining);
                assert_eq!(judged(seconds, remaining), expected, "{seconds} s, {remaining} s left");
            }
        }
    }

    #[test]
    fn a_session_from_the_future_is_not_trusted() {
        let minted = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let lifetime = Lifetime { minted, ends: minted + TimeDelta::hours(1) };
        assert_eq!(lifetime.freshness(DateTime::UNIX_EPOCH), Freshness::Ended);
    }
}
