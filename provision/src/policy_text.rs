//! Policy documents as IAM gives them.

use serde_json::Value;

use crate::policy::from_iam;

/// The document in an answer of IAM's; the text itself where that is no JSON.
pub fn document_in(answer: &str) -> Result<Value, String> {
    let text = from_iam(answer);
    serde_json::from_str(&text).map_err(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_none_is_given_as_it_is() {
        assert_eq!(document_in("%7B%22a%22%3A%20%22%2525%22%7D").unwrap()["a"], "%25");
        assert_eq!(document_in("%7B%zz%"), Err("{%zz%".to_owned()));
    }
}
