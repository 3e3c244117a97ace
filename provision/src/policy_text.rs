//! Policy documents in IAM's answers.

use serde_json::Value;

use crate::policy::from_iam;

/// Parses a URL-encoded document.
///
/// # Errors
/// The decoded text if it is not JSON.
pub fn document_in(answer: &str) -> Result<Value, String> {
    let text = from_iam(answer);
    serde_json::from_str(&text).map_err(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_json_is_returned_unchanged() {
        assert_eq!(document_in("%7B%22a%22%3A%20%22%2525%22%7D").unwrap()["a"], "%25");
        assert_eq!(document_in("%7B%zz%"), Err("{%zz%".to_owned()));
    }
}
