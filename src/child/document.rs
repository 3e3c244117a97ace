//! The JSON that a program prints: what AWS's documentation requires, and what all SDKs check.

use std::fmt;

use chrono::DateTime;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{credentials::Credentials, secret::Secret};

/// Returns the credentials in what a program printed. The error says what is wrong with it ("is not
/// JSON") and quotes nothing of it.
///
/// Rule: AWS SDKs and Tools Reference Guide, "Process credential provider". The case of letters in
/// keys is ignored, as in the SDKs for Go and Rust; `Version` is the number 1.
pub(crate) fn parse(output: &[u8]) -> Result<Credentials, &'static str> {
    let document: Document = match serde_json::from_slice(output) {
        Ok(document) => document,
        Err(error) if error.is_data() => return Err("is not a JSON object of credentials"),
        Err(_) => return Err("is not JSON"),
    };
    if document.version != Some(Value::from(1)) {
        return Err("is not of version 1 (\"Version\": 1)");
    }
    let required = |part: Option<Zeroizing<String>>, missing| {
        part.filter(|text| !text.is_empty()).ok_or(missing)
    };
    let id = required(document.access_key_id, "has no AccessKeyId")?;
    let mut secret = required(document.secret_access_key, "has no SecretAccessKey")?;
    let token = document.session_token.filter(|token| !token.is_empty());
    let expiration = document.expiration.filter(|text| !text.is_empty()).map(|text| {
        DateTime::parse_from_rfc3339(&text).map_err(|_| "has an Expiration that is not RFC 3339")
    });
    Ok(Credentials {
        access_key_id: id.to_string(),
        secret_access_key: Secret::new(std::mem::take(&mut secret)),
        session_token: token.map(|mut token| Secret::new(std::mem::take(&mut token))),
        expiration: expiration.transpose()?.map(|time| time.to_utc()),
        account_id: document.account_id.filter(|id| !id.is_empty()).map(|id| id.to_string()),
    })
}

/// An account. Programs forget the quotes around its digits. Not for secrets: serde copies the value.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Account {
    Text(String),
    Number(u64),
}

impl Account {
    fn into_text(self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Text(text) => text,
            Self::Number(number) => format!("{number:012}"),
        })
    }
}

#[derive(Default)]
struct Document {
    version: Option<Value>,
    access_key_id: Option<Zeroizing<String>>,
    secret_access_key: Option<Zeroizing<String>>,
    session_token: Option<Zeroizing<String>>,
    expiration: Option<Zeroizing<String>>,
    account_id: Option<Zeroizing<String>>,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(key) = map.next_key::<String>()? {
            let field = match key.to_ascii_lowercase().as_str() {
                "version" => {
                    document.version = Some(map.next_value()?);
                    continue;
                }
                "accesskeyid" => &mut document.access_key_id,
                "secretaccesskey" => &mut document.secret_access_key,
                "sessiontoken" => &mut document.session_token,
                "expiration" => &mut document.expiration,
                "accountid" => {
                    let account: Option<Account> =
                        map.next_value().map_err(|_| de::Error::custom("not an account"))?;
                    document.account_id = account.map(Account::into_text);
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            // Not serde's own message, which quotes the value.
            let value: Option<Zeroizing<String>> =
                map.next_value().map_err(|_| de::Error::custom("not a string"))?;
            *field = value;
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"s\"";

    #[test]
    fn keys_without_an_expiration_do_not_expire() {
        let credentials = parse(format!("{{\"Version\":1,{KEYS}}}").as_bytes()).unwrap();
        assert_eq!(credentials.access_key_id, "AKID");
        assert_eq!((credentials.session_token, credentials.expiration), (None, None));
    }

    #[test]
    fn an_expiration_may_have_any_offset() {
        for (text, seconds) in [
            ("2922-05-02T18:36:00Z", 30_052_751_760),
            ("2922-05-02T18:36:00+00:00", 30_052_751_760),
            ("2922-05-02T18:36:00-00:00", 30_052_751_760),
            ("2922-05-02T19:36:00.5+01:00", 30_052_751_760),
        ] {
            let text = format!("{{\"Version\":1,{KEYS},\"Expiration\":\"{text}\"}}");
            let expiration = parse(text.as_bytes()).unwrap().expiration.unwrap();
            assert_eq!(expiration.timestamp(), seconds, "{text}");
        }
    }

    #[test]
    fn keys_are_matched_in_any_case_and_others_ignored() {
        let text = "{\"version\":1,\"ACCESSKEYID\":\"a\",\"secretaccesskey\":\"s\",\
                    \"sessionToken\":\"t\",\"accountID\":\"1\",\"More\":{\"Version\":[2]}}";
        let credentials = parse(text.as_bytes()).unwrap();
        assert_eq!(credentials.session_token, Some("t".into()));
        assert_eq!(credentials.account_id.as_deref(), Some("1"));
    }

    #[test]
    fn an_account_may_be_a_number() {
        for (text, account) in [("222222222222", "222222222222"), ("12345678901", "012345678901")] {
            let text = format!("{{\"Version\":1,{KEYS},\"AccountId\":{text}}}");
            let credentials = parse(text.as_bytes()).unwrap();
            assert_eq!(credentials.account_id.as_deref(), Some(account));
        }
        let text = format!("{{\"Version\":1,{KEYS},\"AccountId\":[1]}}");
        assert!(parse(text.as_bytes()).unwrap_err().starts_with("is not a JSON object"));
    }

    #[test]
    fn what_is_not_a_document_is_refused() {
        for (text, why) in [
            ("", "is not JSON"),
            ("Junk", "is not JSON"),
            ("[1,2,3]", "is not a JSON object of credentials"),
            ("null", "is not a JSON object of credentials"),
            ("{\"Version\":1}", "has no AccessKeyId"),
            (&format!("{{{KEYS}}}"), "is not of version 1"),
            (&format!("{{\"Version\":\"1\",{KEYS}}}"), "is not of version 1"),
            (&format!("{{\"Version\":100,{KEYS}}}"), "is not of version 1"),
            (&format!("{{\"Version\":1,{KEYS}}} x"), "is not JSON"),
            (
                &format!("{{\"Version\":1,{KEYS},\"SecretAccessKey\":\"\"}}"),
                "has no SecretAccessKey",
            ),
            (&format!("{{\"Version\":1,{KEYS},\"SessionToken\":7}}"), "is not a JSON object"),
            (&format!("{{\"Version\":1,{KEYS},\"Expiration\":\"tomorrow\"}}"), "has an Expiration"),
            (
                &format!("{{\"Version\":1,{KEYS},\"Expiration\":\"2922-05-02T18:36:00\"}}"),
                "has an Exp",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }
}
