//! One-time codes (RFC 6238: SHA-1, six digits, thirty seconds), each good for one request.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::auth::Caller;
use super::state::State;
use super::xml::Failure;

/// The number of the half minute that a time is in.
pub(super) fn step(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp()).unwrap_or(0) / 30
}

/// The code of a time step.
pub(super) fn code(secret: &[u8], step: u64) -> String {
    format!("{:06}", number(secret, step) % 1_000_000)
}

/// RFC 4226's truncated value, of which a code is the last digits.
pub(super) fn number(secret: &[u8], step: u64) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0x0f);
    let bytes = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
    u32::from_be_bytes(bytes)
}

/// Judges what a request says of MFA. True: it carries a good code, which is now used up. False:
/// it says nothing of MFA.
pub(super) fn check(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    serial: Option<&str>,
    token_code: Option<&str>,
) -> Result<bool, Failure> {
    let (serial, token_code) = match (serial, token_code) {
        (None, None) => return Ok(false),
        (Some(serial), Some(token_code)) => (serial, token_code),
        _ => {
            return Err(Failure::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            ));
        }
    };
    // A role has no device, so a role's session finds none here.
    let device = state
        .world
        .users
        .iter()
        .filter(|user| user.arn() == caller.arn)
        .filter_map(|user| user.mfa.as_ref())
        .find(|device| device.serial == serial);
    let Some(device) = device else {
        return Err(Failure::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        ));
    };
    let current = step(now);
    let fresh = (current.saturating_sub(1)..=current + 1)
        .filter(|&step| code(&device.totp_secret, step) == token_code)
        .find(|&step| !state.used_codes.contains(&(serial.to_owned(), step)));
    match fresh {
        Some(step) => {
            state.used_codes.insert((serial.to_owned(), step));
            Ok(true)
        }
        None => Err(Failure::denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
        )),
    }
}
