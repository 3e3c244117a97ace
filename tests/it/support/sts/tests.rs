//! The stand-in against published vectors, and against requests signed here.

mod client;
mod judgement;
mod transport;

use chrono::DateTime;

use super::mfa;
use super::sigv4::{self, Authorization, Path};
use super::text;
use super::wire::Request;
use super::world::World;

/// AWS's published test request `get-vanilla`.
fn get_vanilla() -> Request {
    let headers = [
        ("host", "example.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
    ];
    request("GET", "/", &headers, b"")
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers =
        headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: body.to_vec(),
        keep_alive: true,
    }
}

#[test]
fn signs_as_the_published_vectors() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let empty = sigv4::sha256_hex(b"");
    let sign = |request: &Request| {
        let authorization = Authorization::of(&get_vanilla()).unwrap().unwrap();
        authorization.expected(request, secret, "20150830T123600Z", &empty)
    };
    let vanilla = get_vanilla();
    let names = ["host".to_owned(), "x-amz-date".to_owned()];
    let canonical = sigv4::canonical_request(&vanilla, &names, &empty, Path::Normalized);
    assert_eq!(
        sigv4::sha256_hex(canonical.as_bytes()),
        "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63"
    );
    let authorization = Authorization::of(&vanilla).unwrap().unwrap();
    assert_eq!(authorization.access_key_id, "AKIDEXAMPLE");
    assert_eq!(sign(&vanilla), authorization.signature);

    // get-vanilla-query-order-key-case
    let query = Request { target: "/?Param2=value2&Param1=value1".to_owned(), ..get_vanilla() };
    let signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
    assert_eq!(sign(&query), signature);

    // get-relative-relative, get-slashes and the like: what they name is the root.
    for target in ["/example1/example2/../..", "//", "/./", "/example/.."] {
        let request = Request { target: target.to_owned(), ..get_vanilla() };
        assert_eq!(sign(&request), authorization.signature, "{target}");
    }
}

#[test]
fn keeps_paths_as_each_service_does() {
    let line = |target: &str, path: Path| {
        let request = request("GET", target, &[], b"");
        let canonical = sigv4::canonical_request(&request, &[], "", path);
        canonical.lines().nth(1).map(str::to_owned).unwrap()
    };
    assert_eq!(line("/a//b/./c%20d/", Path::Normalized), "/a/b/c%2520d/");
    assert_eq!(line("/a//b/./c%20d/", Path::Literal), "/a//b/./c%20d/");
}

#[test]
fn refuses_headers_that_make_no_sense() {
    let error = |header: &str| {
        let request = request("GET", "/", &[("authorization", header)], b"");
        Authorization::of(&request).unwrap_err()
    };
    assert!(error("Bearer x").contains("Unsupported AWS 'algorithm'"));
    assert!(
        error("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0")
            .contains("exactly 5 slash-delimited elements")
    );
    assert_eq!(
        error("AWS4-HMAC-SHA256 Credential=a/b/c/d/e"),
        "Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter."
    );
}

#[test]
fn counts_as_rfc_6238() {
    let secret = b"12345678901234567890";
    let vectors = [
        (59, 94_287_082),
        (1_111_111_109, 7_081_804),
        (1_111_111_111, 14_050_471),
        (1_234_567_890, 89_005_924),
        (2_000_000_000, 69_279_037),
        (20_000_000_000, 65_353_130),
    ];
    for (seconds, eight_digits) in vectors {
        let step = mfa::step(DateTime::from_timestamp(seconds, 0).unwrap());
        assert_eq!(mfa::number(secret, step) % 100_000_000, eight_digits, "at {seconds}");
        assert_eq!(mfa::code(secret, step), format!("{:06}", eight_digits % 1_000_000));
    }
}

#[test]
fn encodes_as_the_rfcs() {
    assert_eq!(text::base64(b"foobar"), "Zm9vYmFy");
    assert_eq!(text::base64(b"fooba"), "Zm9vYmE=");
    assert_eq!(text::base64(b"foob"), "Zm9vYg==");
    assert_eq!(text::base32(b"fooba"), "MZXW6YTB");
    assert_eq!(text::unbase32("mzxw 6ytb").as_deref(), Some(b"fooba".as_slice()));
    assert_eq!(text::unbase32("MZXW1"), None);
    assert_eq!(text::percent_decode("a%2Fb%zz%4"), b"a/b%zz%4");
    assert_eq!(text::percent_encode(b"a/b \xff~", b""), "a%2Fb%20%FF~");
}

#[test]
fn reads_a_world() {
    let json = r#"{
        "users": [{"access_key_id": "AKIA1", "secret_access_key": "s", "account": "111111111111",
                   "name": "u", "mfa": {"serial": "arn:aws:iam::111111111111:mfa/u",
                                        "totp_secret": "MZXW6YTB"}}],
        "roles": [{"arn": "arn:aws-cn:iam::222222222222:role/a/b", "trust": ["*"]}]
    }"#;
    let world = World::from_json(json).map_err(|error| panic!("{error}")).unwrap();
    assert!(world.users[0].active);
    assert_eq!(world.users[0].mfa.as_ref().unwrap().totp_secret, b"fooba");
    assert_eq!(world.roles[0].max_duration, 3600);
    let wrong = [
        (r#"{"user": []}"#, "unknown field"),
        (r#"{"roles": [{"arn": "x", "trust": []}]}"#, "not the ARN of a role"),
        ("{", "EOF"),
    ];
    for (json, reason) in wrong {
        let error = World::from_json(json).err().unwrap_or_default();
        assert!(error.contains(reason), "{error}");
    }
}
