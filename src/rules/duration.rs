//! Durations as users write them, in flags and settings.

/// Parses a duration: seconds, or hours, minutes and seconds with their letters (`45m`, `1h30m`). Returns
/// seconds; `None` if it is none.
pub(crate) fn seconds_of(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut seconds, mut number, mut last_unit) = (0_u32, String::new(), u32::MAX);
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        let value: u32 = number.parse().ok()?;
        let part = value.checked_mul(unit).filter(|_| unit < last_unit)?;
        seconds = seconds.checked_add(part)?;
        last_unit = unit;
        number.clear();
    }
    number.is_empty().then_some(seconds)
}
