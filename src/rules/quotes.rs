//! Quotes around a value, which AWS's tools take as a part of it.

use super::Invalid;

/// Returns what stands between quotes, if `text` starts and ends with the same quote.
fn in_quotes(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.is_empty())
}

/// Checks that `text` is not in quotes. The error shows what is between them only if it `is_shown`.
///
/// Rule: AWS SDKs and Tools reference, "Shared config and credentials files": values have no quotes.
pub(crate) fn check_unquoted(text: &str, is_shown: impl Fn(&str) -> bool) -> Result<(), Invalid> {
    let Some(inner) = in_quotes(text) else { return Ok(()) };
    let form = "must be written without quotes";
    let form = if is_shown(inner) { format!("{form}: {inner}") } else { form.to_owned() };
    Err(Invalid::new("is in quotes, which AWS tools take as a part of the value", form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_value_is_in_quotes() {
        for text in ["\"a\"", "'a'"] {
            assert_eq!(in_quotes(text), Some("a"));
        }
        for text in ["", "\"", "\"\"", "a", "\"a", "a\"", "\"a'", "a\"b\"c"] {
            assert_eq!(in_quotes(text), None, "{text}");
        }
        let shown = check_unquoted("'a'", |_| true).unwrap_err();
        assert_eq!(shown.hint(), "it must be written without quotes: a");
        assert_eq!(
            check_unquoted("'a'", |_| false).unwrap_err().hint(),
            "it must be written without quotes"
        );
    }
}
