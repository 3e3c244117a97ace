//! The answers of persons, in the state directory: until when credentials are handed out without asking.
//!
//! They have no secret and no seal. Who can write them runs as this user, and could read the keychain too.

use std::{
    fmt,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    context::{BootMoment, Context, boot_moment, steady_now},
    error::{Error, Kind},
    plan::{Confirm, Plan},
    session::{key::SessionKey, record::RecordedFailure},
    state::{Records, StateRecord},
};

/// After a person has said no, nobody is asked the same again for this long: the SDK for JavaScript calls
/// twice, and scripts try again at once.
const QUIET: TimeDelta = TimeDelta::seconds(10);
/// Records are removed when nothing in them can count any more.
const LONGEST_USE: TimeDelta = TimeDelta::hours(13);
const PREFIX: &str = "confirm-";

/// All answers.
pub(crate) type Confirmations = Records<ConfirmationRecord>;

/// The name of the record and of its lock: `confirm-` and a digest of what is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfirmationKey(String);

impl ConfirmationKey {
    /// Returns the key of what `plan` hands out. An edit of the profile that changes what that is, or how long
    /// an answer counts, changes the key.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self(format!("{PREFIX}{}", SessionKey::of_hand_out(plan)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConfirmationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What persons said about one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConfirmationRecord {
    /// Increases with every answer.
    pub(super) generation: u64,
    /// The profile whose credentials it is about; `None` for a role from the command line.
    profile: Option<String>,
    /// The role, if there is one.
    role_arn: Option<String>,
    /// For how many seconds a yes counts.
    pub(super) seconds: Option<u32>,
    /// When a person last said yes.
    pub(super) confirmed: Option<Moment>,
    /// The last no, until somebody says yes.
    pub(super) refusal: Option<RecordedFailure>,
    /// The ID of the process that asks now.
    pub(super) holder: Option<u32>,
}

/// A moment by the wall clock, and by the one that nobody sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moment {
    at: DateTime<Utc>,
    /// This start of the system; `None` if it does not tell.
    boot: Option<String>,
    /// Milliseconds since then.
    uptime: Option<u64>,
}

impl Moment {
    fn now(context: &Context) -> Self {
        Self::of(context.now(), boot_moment())
    }

    fn of(at: DateTime<Utc>, moment: Option<BootMoment>) -> Self {
        let uptime =
            moment.as_ref().and_then(|moment| u64::try_from(moment.uptime.as_millis()).ok());
        Self { at, boot: moment.map(|moment| moment.boot), uptime }
    }
}

/// How long credentials may be handed out without asking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Confirmed {
    /// Nobody is asked.
    Freely,
    /// This hand-out is confirmed.
    Once,
    /// Each hand-out in this time is confirmed.
    Between {
        /// The beginning, by the wall clock.
        from: DateTime<Utc>,
        /// The end, by the wall clock.
        until: DateTime<Utc>,
        /// The end, by a clock that nobody sets.
        steady: Instant,
    },
}

impl Confirmed {
    /// Whether credentials may be handed out at `now`.
    pub(crate) fn is_valid(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Freely | Self::Once => true,
            Self::Between { from, until, steady } => {
                (from..until).contains(&now) && steady_now() < steady
            }
        }
    }

    /// Returns when a person is asked again; `None` if that does not depend on the time.
    pub(crate) fn until(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Freely | Self::Once => None,
            Self::Between { until, .. } => Some(until),
        }
    }
}

impl ConfirmationRecord {
    /// Says whose credentials it is about.
    pub(super) fn name(&mut self, plan: &Plan) {
        self.profile.clone_from(&plan.profile);
        self.role_arn = plan.hops.last().map(|hop| hop.role_arn.clone());
        self.seconds = plan.confirm.as_ref().and_then(|confirm| confirm.seconds);
    }

    /// Returns the name of what it is about: the profile, or the role.
    pub(crate) fn subject(&self) -> &str {
        self.profile.as_deref().or(self.role_arn.as_deref()).unwrap_or_default()
    }

    /// Whether it is about the profile or role `name`.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        self.profile.as_deref() == Some(name) || self.role_arn.as_deref() == Some(name)
    }

    /// Whether a yes in it counts now.
    pub(crate) fn counts(&self, context: &Context) -> bool {
        self.confirmed(&Confirm { seconds: self.seconds, at: None }, context).is_some()
    }

    pub(super) fn note_yes(&mut self, context: &Context) {
        self.generation += 1;
        self.confirmed = Some(Moment::now(context));
        self.refusal = None;
    }

    /// Notes why there is no yes. A no also takes an earlier yes back.
    pub(super) fn note_no(&mut self, error: &Error, context: &Context) {
        self.generation += 1;
        let refusal = RecordedFailure::of(error, context.now());
        self.refusal = Some(refusal).filter(RecordedFailure::is_shared);
        if error.kind() == Kind::Denied {
            self.confirmed = None;
        }
    }

    /// Returns how long the answer counts, if it does now.
    pub(crate) fn confirmed(&self, rule: &Confirm, context: &Context) -> Option<Confirmed> {
        let confirmed = self.confirmed.as_ref()?;
        let (now, length) = (context.now(), Duration::from_secs(rule.seconds?.into()));
        let left = left(confirmed, &Moment::of(now, boot_moment()), length)?;
        let until = now + TimeDelta::from_std(left).ok()?;
        Some(Confirmed::Between { from: confirmed.at, until, steady: steady_now() + left })
    }

    /// Returns the refusal that a process that was started before it shares; with `quiet`, also one that has
    /// just been given.
    pub(super) fn shared_refusal(&self, context: &Context, quiet: bool) -> Option<Error> {
        let refusal = self.refusal.as_ref()?;
        let is_quiet = quiet
            && refusal.kind == Kind::Denied
            && (TimeDelta::zero()..QUIET).contains(&(context.now() - refusal.at));
        (is_quiet || context.is_since_start(refusal.at)).then(|| refusal.to_error())
    }

    /// Whether nothing in it can count any more at `now`.
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        let times =
            [self.confirmed.as_ref().map(|it| it.at), self.refusal.as_ref().map(|it| it.at)];
        self.holder.is_none()
            && times.into_iter().flatten().all(|at| (now - at).abs() > LONGEST_USE)
    }
}

/// Returns how long an answer of `then` still counts; `None` if it does not.
///
/// By both clocks: the wall clock may be set back, which makes the answer look newer, or one of the future. The
/// other clock starts again with the system, and so does the counting.
fn left(then: &Moment, now: &Moment, length: Duration) -> Option<Duration> {
    let age = (now.at - then.at).to_std().ok()?;
    let elapsed = match (then, now) {
        (
            Moment { boot: Some(one), uptime: Some(then), .. },
            Moment { boot: Some(other), uptime: Some(now), .. },
        ) if one == other => Duration::from_millis(now.checked_sub(*then)?),
        (Moment { boot: None, .. }, Moment { boot: None, .. }) => age,
        _ => return None,
    };
    length.checked_sub(age.max(elapsed)).filter(|left| !left.is_zero())
}

/// Returns until when the credentials of `plan` are handed out without asking; `None` if a person is asked, or
/// never is.
pub(crate) fn confirmed_until(context: &Context, plan: &Plan) -> Option<DateTime<Utc>> {
    let rule = plan.confirm.as_ref()?;
    let record = Confirmations::existing(context)?.read(&ConfirmationKey::of(plan))?;
    record.confirmed(rule, context)?.until()
}

impl StateRecord for ConfirmationRecord {
    type Id = ConfirmationKey;
    const FOLDER: &'static str = "";
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);

    fn parse_id(text: &str) -> Option<ConfirmationKey> {
        let key = SessionKey::parse(text.strip_prefix(PREFIX)?)?;
        Some(ConfirmationKey(format!("{PREFIX}{key}")))
    }

    /// A record does not repeat its key.
    fn has_id(&self, _: &ConfirmationKey) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_mins(15);

    fn moment(minutes: i64, boot: &str, uptime: u64) -> Moment {
        let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let uptime = Duration::from_mins(uptime);
        Moment::of(at, Some(BootMoment { boot: boot.to_owned(), uptime }))
    }

    fn minutes_left(then: &Moment, now: &Moment) -> Option<u64> {
        left(then, now, QUARTER).map(|left| left.as_secs() / 60)
    }

    #[test]
    fn an_answer_counts_as_long_as_both_clocks_say_so() {
        let then = moment(100, "a", 10);
        let left = |minutes, uptime| minutes_left(&then, &moment(minutes, "a", uptime));
        assert_eq!(left(100, 10), Some(15));
        assert_eq!(left(110, 20), Some(5));
        assert_eq!(left(115, 25), None);
        // Set forward, and set back: neither gives more time.
        assert_eq!((left(114, 11), left(115, 11)), (Some(1), None));
        assert_eq!((left(101, 24), left(101, 25)), (Some(1), None));
        assert_eq!(left(99, 11), None, "from the future");
        assert_eq!(left(101, 9), None, "another clock");
    }

    #[test]
    fn a_restart_of_the_system_ends_it() {
        let then = moment(100, "a", 10);
        assert_eq!(minutes_left(&then, &moment(101, "b", 11)), None);
        let unknown = |minutes| Moment::of(moment(minutes, "", 0).at, None);
        assert_eq!(minutes_left(&then, &unknown(101)), None);
        assert_eq!(minutes_left(&unknown(100), &then), None);
        assert_eq!(minutes_left(&unknown(100), &unknown(101)), Some(14));
    }

    #[test]
    fn only_a_digest_is_a_name() {
        let name = format!("confirm-{}", "a".repeat(64));
        assert_eq!(ConfirmationRecord::parse_id(&name), Some(ConfirmationKey(name.clone())));
        for other in ["confirm-", "mfa-aa", &name[1..], &format!("{name}/../x")] {
            assert_eq!(ConfirmationRecord::parse_id(other), None, "{other}");
        }
    }
}
