//! Times for people.

use std::fmt::Display;

use chrono::{DateTime, Local, TimeDelta, TimeZone, Utc};

use crate::{output::Paint, session::Freshness};

/// Returns a time in the local zone, with the day of the week unless it is today, and with the date
/// if that is more than a week away.
pub(super) fn local(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    in_zone(time.with_timezone(&Local), now.with_timezone(&Local))
}

fn in_zone<Zone: TimeZone<Offset: Display>>(time: DateTime<Zone>, now: DateTime<Zone>) -> String {
    let format = match (time.date_naive() - now.date_naive()).num_days() {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    time.format(format).to_string()
}

/// Returns the color of the time that a session lasts.
pub(super) fn paint(freshness: Freshness) -> Paint {
    match freshness {
        Freshness::Fresh => Paint::Good,
        Freshness::Due => Paint::Attention,
        Freshness::Ended => Paint::Bad,
    }
}

/// Returns a duration to the nearest minute, or to the second if it is below a minute.
pub(super) fn length(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds();
    let minutes = if seconds < 60 { 0 } else { (seconds + 30) / 60 };
    match (minutes / 60, minutes % 60) {
        _ if seconds <= 0 => "expired".to_owned(),
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_day_where_that_is_another() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(20);
        let after = |hours| in_zone(now + TimeDelta::hours(hours), now);
        assert_eq!(after(3), "23:00");
        assert_eq!(after(12), "Fri 08:00");
        assert_eq!(after(24 * 6), "Wed 20:00");
        assert_eq!(after(24 * 7), "1970-01-08 20:00");
        assert_eq!(after(-24), "1969-12-31 20:00");
    }

    #[test]
    fn lengths_have_two_parts_at_most() {
        let length = |seconds| length(TimeDelta::seconds(seconds));
        assert_eq!(length(59), "59 s");
        assert_eq!(length(60), "1 min");
        assert_eq!(length(89), "1 min");
        assert_eq!(length(3564), "59 min");
        assert_eq!(length(3599), "1 h");
        assert_eq!(length(5400), "1 h 30 min");
        assert_eq!(length(-1), "expired");
    }
}
