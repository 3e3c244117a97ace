//! The command line of `rolecall log`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use clap::Args;

use super::settings::{Output, duration};

/// `rolecall log`.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Profiles to show; all by default
    #[arg(value_name = "PROFILE")]
    pub(crate) names: Vec<String>,
    /// Show only what was handed out since then: 45m, 2h or 7d (ago), a date, or a date and time
    #[arg(long, value_name = "WHEN", value_parser = since)]
    pub(crate) since: Option<Since>,
    /// Profile to show, instead of naming it as an argument; can be repeated
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// The start of a span of time that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So many seconds ago.
    Ago(u32),
    /// A time in the local zone.
    Local(NaiveDateTime),
    /// A time with its zone.
    At(DateTime<Utc>),
}

fn since(text: &str) -> Result<Since, String> {
    const DAY: u32 = 24 * 60 * 60;
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()?.checked_mul(DAY));
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let local = || {
        let formats =
            ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    };
    days.or_else(|| duration(text).ok())
        .map(Since::Ago)
        .or_else(|| Some(Since::Local(date()?.and_time(NaiveTime::MIN))))
        .or_else(|| local().map(Since::Local))
        .or_else(|| Some(Since::At(DateTime::parse_from_rfc3339(text).ok()?.to_utc())))
        .ok_or_else(|| "not a time: use 45m, 2h, 7d, 2026-11-29 or '2026-11-29 14:00'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_time_is_a_duration_or_starts_at_a_date_or_time() {
        assert_eq!(since("2h"), Ok(Since::Ago(7200)));
        assert_eq!(since("7d"), Ok(Since::Ago(604_800)));
        let local = |hour, minute| {
            let date = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
            Ok(Since::Local(date.and_hms_opt(hour, minute, 0).unwrap()))
        };
        assert_eq!(since("2026-11-29"), local(0, 0));
        for text in ["2026-11-29 14:05", "2026-11-29T14:05", "2026-11-29 14:05:00"] {
            assert_eq!(since(text), local(14, 5), "{text}");
        }
        let at = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        assert_eq!(since(&at.to_rfc3339()), Ok(Since::At(at)));
        for text in ["", "yesterday", "2026-13-01", "99999d", "-1h", "14:05"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
