//! Decodes policies in IAM's answers.

use serde_json::Value;

/// Returns the text of a policy that IAM returned URL-encoded.
///
/// Rule: IAM API reference, GetUserPolicy, `PolicyDocument` (RFC 3986).
pub(crate) fn from_iam(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = (first == b'%').then(|| after.get(..2)).flatten();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = byte.map_or(after, |_| &after[2..]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Parses a policy that IAM returned URL-encoded.
///
/// # Errors
/// The decoded text if it is not JSON.
pub(crate) fn document_in(answer: &str) -> Result<Value, String> {
    let text = from_iam(answer);
    serde_json::from_str(&text).map_err(|_| text)
}

/// Returns the statements of a document.
pub(crate) fn statements(document: &Value) -> &[Value] {
    one_or_many(&document["Statement"])
}

/// Returns the items of a list; IAM may write a single value instead of a list.
pub(crate) fn one_or_many(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_the_rest_is_unchanged() {
        assert_eq!(from_iam("%7B%22a%22%3A%22%C3%A4+%25%22}"), "{\"a\":\"ä+%\"}");
        assert_eq!(from_iam("100% %z1 %"), "100% %z1 %");
    }

    #[test]
    fn text_that_is_not_json_is_returned_unchanged() {
        assert_eq!(document_in("%7B%22a%22%3A%20%22%2525%22%7D").unwrap()["a"], "%25");
        assert_eq!(document_in("%7B%zz%"), Err("{%zz%".to_owned()));
    }
}
