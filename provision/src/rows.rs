//! Lists as JSON: one object after the other, in the requested format.

use std::io;

use aws_sdk_s3::primitives::DateTime;
use rolecall::{Result, Streams};
use serde::Serialize as _;
use serde_json::{
    Serializer, Value,
    ser::{CompactFormatter, Formatter, PrettyFormatter},
};

use crate::args::ListFormat;

/// Prints the rows of a list to stdout.
pub(crate) struct Rows {
    format: ListFormat,
    /// The rows of an array, which is printed as a whole or not at all.
    gathered: Vec<Value>,
}

impl Rows {
    /// Starts an empty list.
    pub(crate) fn new(format: ListFormat) -> Self {
        Self { format, gathered: Vec::new() }
    }

    /// Prints a row, or saves it for [`Self::end`].
    pub(crate) fn push(&mut self, row: Value, streams: &mut Streams<'_>) -> Result<()> {
        if self.format.array {
            self.gathered.push(row);
            return Ok(());
        }
        streams.print(&if self.format.nl { line(&row) } else { pretty(&row) })
    }

    /// Prints the array, if that is the format.
    pub(crate) fn end(self, streams: &mut Streams<'_>) -> Result<()> {
        if self.format.array {
            streams.print(&pretty(&Value::Array(self.gathered)))
        } else {
            Ok(())
        }
    }
}

/// Returns indented JSON and a newline. Names and tags are untrusted: everything outside printable
/// ASCII is written as `\u…`, so that nothing in them can control a terminal.
pub(crate) fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut to = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    value.serialize(&mut to).expect("BUG: memory takes all");
    ascii(&bytes)
}

/// Returns the same on one line.
fn line(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut to = Serializer::with_formatter(&mut bytes, Spaced(CompactFormatter));
    value.serialize(&mut to).expect("BUG: memory takes all");
    ascii(&bytes)
}

/// Escapes everything but printable ASCII, which only occurs in strings.
fn ascii(json: &[u8]) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for c in String::from_utf8_lossy(json).chars() {
        if c == '\n' || (' '..='~').contains(&c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text.push('\n');
    text
}

/// Writes a space after each comma and colon.
struct Spaced(CompactFormatter);

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

/// Returns a time as s3-credentials writes it: `2021-03-25 22:19:54+00:00`.
pub(crate) fn time(time: &DateTime) -> String {
    let time = chrono::DateTime::from_timestamp(time.secs(), time.subsec_nanos());
    let time = time.unwrap_or_default();
    let form = if time.timestamp_subsec_micros() == 0 { "%F %T+00:00" } else { "%F %T%.6f+00:00" };
    time.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_ascii_and_parses_to_the_same_value() {
        let value = json!({ "a": ["ü\u{202e}\u{7f}😀\u{1b}", 1], "b": {} });
        for text in [pretty(&value), line(&value)] {
            assert!(text.bytes().all(|b| b == b'\n' || (b' '..=b'~').contains(&b)), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
        assert_eq!(line(&json!({ "a": [1, 2], "b": "c" })), "{\"a\": [1, 2], \"b\": \"c\"}\n");
        assert_eq!(pretty(&json!({ "a": 1 })), "{\n    \"a\": 1\n}\n");
    }

    #[test]
    fn times_have_microseconds_only_if_not_zero() {
        assert_eq!(time(&DateTime::from_secs(1_616_710_794)), "2021-03-25 22:19:54+00:00");
        assert_eq!(
            time(&DateTime::from_millis(1_616_710_794_250)),
            "2021-03-25 22:19:54.250000+00:00"
        );
    }
}
