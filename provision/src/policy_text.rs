//! Policy documents as IAM gives them.

use serde_json::Value;

/// The document in an answer of IAM's, which writes it as in a URL; the text itself where that is no
/// JSON.
///
/// Rule: IAM API Reference, "GetUserPolicy": "URL-encoded compliant with RFC 3986".
pub fn document_in(answer: &str) -> Result<Value, String> {
    let text = decoded(answer);
    serde_json::from_str(&text).map_err(|_| text)
}

/// `+` is itself: only forms write a space so.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                after
            }
            _ => {
                bytes.push(*first);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_once() {
        assert_eq!(document_in("%7B%22a%22%3A%20%22%2525+%C3%BC%22%7D").unwrap()["a"], "%25+ü");
        assert_eq!(document_in("{\"a\": 1}").unwrap()["a"], 1);
        assert_eq!(document_in("%7B%zz%"), Err("{%zz%".to_owned()));
    }
}
