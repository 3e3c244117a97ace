//! A warning about a session that is shorter than `--at-least` asked for.

use chrono::{DateTime, TimeDelta, Utc};

use super::time;
use crate::{output::Streams, plan::Plan};

/// How much shorter than requested a session may be without a warning: a session of exactly that
/// length has lost some seconds when it arrives.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// A session, and how long it was to last.
pub(super) struct Wanted<'w> {
    pub(super) plan: &'w Plan,
    /// When the session expires; `None`: never.
    pub(super) ends: Option<DateTime<Utc>>,
    /// `--at-least`, in seconds.
    pub(super) at_least: u32,
    /// What follows from it, behind "the session expires in 1 h, ".
    pub(super) so: &'static str,
}

impl Wanted<'_> {
    /// Warns if the session is shorter, and tells how to get a longer one.
    pub(super) fn warn_if_short(&self, now: DateTime<Utc>, streams: &mut Streams<'_>) {
        let least = TimeDelta::seconds(self.at_least.into()) - SOON;
        let Some(left) = self.ends.map(|ends| ends - now).filter(|left| *left < least) else {
            return;
        };
        let (name, so) = (self.plan.name(), self.so);
        let what = format!("the session of '{name}' expires in {}, {so}", time::length(left));
        streams.warn_with_hint(&what, self.remedy());
    }

    fn remedy(&self) -> &'static str {
        let plan = self.plan;
        let Some(hop) = plan.hops.last() else {
            return "its source decides how long it lasts";
        };
        // Rule: IAM user guide, "Roles terms and concepts", role chaining.
        if plan.hops.len() > 1 || plan.base.source.is_temporary() || hop.capped_from.is_some() {
            return "role chaining limits it to 1 hour: a role that is assumed directly with access keys \
                    can have more";
        }
        match hop.duration_seconds {
            None => {
                "a role's session lasts 1 hour by default: use --duration, or set \
                 rolecall_duration_seconds, up to the role's maximum"
            }
            Some(_) => "raise --duration or rolecall_duration_seconds, up to the role's maximum",
        }
    }
}
