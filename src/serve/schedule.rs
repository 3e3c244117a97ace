//! When a session is renewed: a pure function of what is known about it.

use chrono::{DateTime, TimeDelta, Utc};

use super::slot::Memory;
use crate::{error::Kind, session::Freshness};

/// Looking into the store again for what a person may have done elsewhere: at most this often.
const LOOK_PAUSE: TimeDelta = TimeDelta::milliseconds(250);
/// The same while a session is still valid, so that nobody asks for it.
const LAZY_LOOK_PAUSE: TimeDelta = TimeDelta::seconds(30);
/// The first pause after a failure.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
/// The longest pause after failures, without a session.
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(30);
/// The longest pause with one.
const LONGEST_LAZY_PAUSE: TimeDelta = TimeDelta::minutes(5);
/// A person who did not answer is asked again after this long, and only if a request comes.
const QUESTION_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// The attempts so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempts {
    /// When the last one ended.
    pub(super) last: Option<DateTime<Utc>>,
    /// How many have failed since the last success.
    pub(super) failed: u32,
    /// When a person was last asked since the last success.
    pub(super) asked: Option<DateTime<Utc>>,
}

impl Attempts {
    /// Returns when the next attempt is to be made; `None`: not before a request comes.
    pub(super) fn next(&self, memory: &Memory, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let session = memory.session.as_ref();
        // A person is asked again only if somebody wants the session.
        if !memory.is_wanted && session.is_some_and(|session| !session.confirmed.is_valid(now)) {
            return None;
        }
        let freshness = session.map_or(Freshness::Ended, |session| session.freshness(now));
        let Some(last) = self.last.filter(|_| memory.failure.is_some()) else {
            return match (session, freshness) {
                (Some(session), Freshness::Fresh) => Some(session.lifetime.due_at()),
                _ => Some(now),
            };
        };
        let is_usable = freshness != Freshness::Ended;
        let waits_for_human = memory
            .failure
            .as_ref()
            .is_some_and(|error| matches!(error.kind(), Kind::NeedsHuman | Kind::Interrupted));
        let pause = match (waits_for_human, is_usable) {
            (true, true) => LAZY_LOOK_PAUSE,
            (true, false) if memory.is_wanted => LOOK_PAUSE,
            (true, false) => return None,
            (false, _) => {
                let left = session.filter(|_| is_usable).map(|session| session.lifetime.ends - now);
                self.pause(left)
            }
        };
        // A clock that was set back must not stop the attempts.
        if last > now { Some(now) } else { Some(last + pause) }
    }

    /// Returns the pause after failures, if the present session is valid for `left`.
    fn pause(&self, left: Option<TimeDelta>) -> TimeDelta {
        let first = left.map_or(FIRST_PAUSE, |left| (left / 16).max(FIRST_PAUSE));
        let doubled = first * 2_i32.pow(self.failed.saturating_sub(1).min(10));
        match left {
            // Several more attempts before it expires.
            Some(left) => doubled.min(LONGEST_LAZY_PAUSE).min((left / 4).max(FIRST_PAUSE)),
            None => doubled.min(LONGEST_PAUSE),
        }
    }

    /// Whether a person may be asked now. `is_wanted`: whether a request found no session.
    pub(super) fn may_ask(&self, is_wanted: bool, now: DateTime<Utc>) -> bool {
        self.asked.is_none_or(|asked| is_wanted && now - asked >= QUESTION_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        credentials::Credentials,
        error::Error,
        secret::Secret,
        serve::held::{ClientLog, HeldSession},
        session::{Confirmed, Lifetime},
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Notes nothing.
    struct Silent;

    impl ClientLog for Silent {
        fn wants(&self, _: bool) -> bool {
            false
        }

        fn note(&self, _: Option<u32>, _: bool) {}
    }

    /// A session from second 0 on.
    fn memory(seconds: i64, failure: Option<Kind>) -> Memory {
        let credentials = Credentials::long_lived("ASIA".into(), Secret::from("s"));
        let lifetime = Lifetime { minted: at(0), ends: at(seconds) };
        let (log, confirmed) = (Arc::new(Silent), Confirmed::Freely);
        let session = Some(HeldSession { credentials, lifetime, role_arn: None, log, confirmed });
        let failure = failure.map(|kind| Error::new(kind, "x"));
        Memory { session, failure, ..Memory::default() }
    }

    fn failed(last: i64, failed: u32) -> Attempts {
        Attempts { last: Some(at(last)), failed, asked: None }
    }

    #[test]
    fn a_session_is_renewed_before_the_sdks_ask_for_another() {
        let next = |seconds, now| Attempts::default().next(&memory(seconds, None), at(now));
        assert_eq!(next(3600, 0), Some(at(3600 - 930)));
        assert_eq!(next(43_200, 0), Some(at(43_200 - 3630)));
        assert_eq!(next(900, 0), Some(at(900 - 330)));
        // Slept through it.
        assert_eq!(next(3600, 4000), Some(at(4000)));
    }

    #[test]
    fn after_failures_the_pauses_grow_and_fit_into_what_is_left() {
        let next = |count: u32, now| {
            let memory = memory(3600, Some(Kind::Unreachable));
            (failed(now, count).next(&memory, at(now)).unwrap() - at(now)).num_seconds()
        };
        assert_eq!([1, 2, 3, 4].map(|count| next(count, 2670)), [58, 116, 232, 232]);
        assert_eq!(next(9, 3500), 25);
        assert_eq!([1, 2, 3, 9].map(|count| next(count, 4000)), [1, 2, 4, 30]);
    }

    #[test]
    fn without_a_person_only_a_request_starts_another_look() {
        let mut memory = memory(3600, Some(Kind::NeedsHuman));
        let attempts = failed(3000, 1);
        assert_eq!(attempts.next(&memory, at(3001)), Some(at(3030)));
        assert_eq!(attempts.next(&memory, at(4000)), None);
        memory.is_wanted = true;
        assert_eq!(attempts.next(&memory, at(4000)), Some(at(3000) + LOOK_PAUSE));
    }

    #[test]
    fn when_a_confirmation_has_ended_only_a_request_starts_anything() {
        let mut memory = memory(3600, None);
        let (from, until) = (at(0), at(900));
        let steady = crate::context::steady_now() + std::time::Duration::from_hours(1);
        memory.session.as_mut().unwrap().confirmed = Confirmed::Between { from, until, steady };
        let next = |memory: &Memory, now| Attempts::default().next(memory, at(now));
        assert_eq!(next(&memory, 899), Some(at(3600 - 930)));
        assert_eq!((next(&memory, 900), next(&memory, 3000)), (None, None));
        memory.is_wanted = true;
        assert_eq!(next(&memory, 900), Some(at(900)));
        // It was confirmed in the future: the clock was set back.
        memory.is_wanted = false;
        assert_eq!(next(&memory, -1), None);
    }

    #[test]
    fn a_person_is_asked_once_and_again_only_for_a_request() {
        let mut attempts = Attempts::default();
        assert!(attempts.may_ask(false, at(0)));
        attempts.asked = Some(at(0));
        assert!(!attempts.may_ask(true, at(299)));
        assert!(!attempts.may_ask(false, at(1000)));
        assert!(attempts.may_ask(true, at(300)));
    }
}
