//! A session in an answer of AWS, of which every part must be there.

use chrono::{DateTime, Datelike as _, Utc};

use super::{Failure, Issued};
use crate::{credentials::Credentials, secret::Secret};

/// The parts of a session as a service gave them. The SDK reads a missing element as an empty one, or
/// as `None`.
pub(super) struct Given {
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<String>,
    pub(super) session_token: Option<String>,
    pub(super) expiration: Option<DateTime<Utc>>,
    /// The account of the session, if it is known.
    pub(super) account_id: Option<String>,
    /// The ARN of the session, if the answer names it.
    pub(super) arn: Option<String>,
}

impl Given {
    /// Returns the session; `date` is the time at AWS when it answered.
    pub(super) fn issued(self, date: Option<DateTime<Utc>>) -> Result<Issued, Failure> {
        let part = |part: Option<String>| {
            part.filter(|text| !text.is_empty())
                .ok_or_else(|| Failure::broken("the answer contains an incomplete session"))
        };
        // Rule: RFC 3339, section 5.6: a year has four digits. Callers could not read another one.
        let expiration = self.expiration.filter(|end| end.timestamp() > 0 && end.year() <= 9999);
        Ok(Issued {
            credentials: Credentials {
                access_key_id: part(self.access_key_id)?,
                secret_access_key: Secret::new(part(self.secret_access_key)?),
                session_token: Some(Secret::new(part(self.session_token)?)),
                expiration: Some(
                    expiration.ok_or_else(|| Failure::broken("the session has no expiration"))?,
                ),
                account_id: self.account_id,
            },
            arn: self.arn,
            date,
        })
    }
}
