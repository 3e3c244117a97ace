//! Times as people read them.

use chrono::{DateTime, Local, TimeDelta, Utc};

/// A time in the local zone, with the day where it is not `now`'s.
pub(super) fn local(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (time, now) = (time.with_timezone(&Local), now.with_timezone(&Local));
    let format = if time.date_naive() == now.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    time.format(format).to_string()
}

/// A duration to the nearest minute, or to the second below one.
pub(super) fn length(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds();
    let minutes = if seconds < 60 { 0 } else { (seconds + 30) / 60 };
    match (minutes / 60, minutes % 60) {
        _ if seconds <= 0 => "ended".to_owned(),
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
    fn lengths_have_two_parts_at_most() {
        let length = |seconds| length(TimeDelta::seconds(seconds));
        assert_eq!(length(59), "59 s");
        assert_eq!(length(60), "1 min");
        assert_eq!(length(89), "1 min");
        assert_eq!(length(3564), "59 min");
        assert_eq!(length(3599), "1 h");
        assert_eq!(length(5400), "1 h 30 min");
        assert_eq!(length(-1), "ended");
    }
}
