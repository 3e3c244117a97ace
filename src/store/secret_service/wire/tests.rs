use super::*;

/// A reply as a service would send it.
fn reply(signature: &str, body: &Writer) -> Vec<u8> {
    let mut message = Writer::with_room(256);
    for byte in [b'l', 2, 1, 1] {
        message.byte(byte);
    }
    message.number(u32::try_from(body.bytes().len()).unwrap());
    message.number(77);
    message.array(8, |w| {
        w.align(8);
        w.byte(5);
        w.signature("u");
        w.number(3);
        w.align(8);
        w.byte(7);
        w.signature("s");
        w.text(":1.5");
        w.align(8);
        w.byte(8);
        w.signature("g");
        w.signature(signature);
    });
    message.align(8);
    [message.bytes(), body.bytes()].concat()
}

fn search_reply() -> Vec<u8> {
    let mut body = Writer::with_room(256);
    for paths in [&["/a/b_1", "/c"][..], &[]] {
        body.array(4, |w| paths.iter().for_each(|path| w.text(path)));
    }
    reply("aoao", &body)
}

fn secret_reply() -> Vec<u8> {
    let mut body = Writer::with_room(256);
    body.text("/session");
    body.bytes_array(&[]);
    body.bytes_array(b"secret");
    body.text("text/plain");
    reply("(oayays)", &body)
}

#[test]
fn a_reply_is_decoded() {
    let bytes = search_reply();
    assert_eq!(Message::length(&bytes), Ok(bytes.len()));
    let message = Message::decode(&bytes).unwrap();
    assert_eq!((message.kind, message.reply_to), (Kind::Return, Some(3)));
    let mut reader = message.arguments("aoao").unwrap();
    assert_eq!(reader.paths().unwrap(), ["/a/b_1", "/c"]);
    assert_eq!(reader.paths().unwrap(), [""; 0]);
    assert!(reader.paths().is_err(), "there is no third array");
    assert!(message.arguments("ao").is_err(), "other types than expected");
}

#[test]
fn a_call_is_written_as_the_specification_says() {
    let mut body = Writer::with_room(16);
    body.text("x");
    let mut out = Zeroizing::new(b"before".to_vec());
    let call = Call {
        destination: "a.b",
        path: "/p",
        interface: "i.j",
        member: "M",
        signature: "s",
        body: body.bytes(),
        quiet: true,
    };
    call.encode(9, &mut out);
    let expected: &[&[u8]] = &[
        b"before",
        b"l\x01\x01\x01\x06\0\0\0\x09\0\0\0\x47\0\0\0",
        b"\x01\x01o\0\x02\0\0\0/p\0\0\0\0\0\0",
        b"\x02\x01s\0\x03\0\0\0i.j\0\0\0\0\0",
        b"\x03\x01s\0\x01\0\0\0M\0\0\0\0\0\0\0",
        b"\x06\x01s\0\x03\0\0\0a.b\0\0\0\0\0",
        b"\x08\x01g\0\x01s\0\0",
        b"\x01\0\0\0x\0",
    ];
    assert_eq!(*out, expected.concat());
}

#[test]
fn big_endian_messages_are_decoded() {
    let bytes = b"B\x03\x01\x01\0\0\0\x04\0\0\0\x01\0\0\0\x0f\
        \x04\x01s\0\0\0\0\x03a.b\0\0\0\0\0\0\0\0\x01";
    // The field array above is 12 bytes and padding; correct its length.
    let mut bytes = bytes.to_vec();
    bytes[15] = 12;
    bytes.truncate(16 + 16);
    bytes.extend_from_slice(&[0, 0, 0, 1]);
    assert_eq!(Message::length(&bytes), Ok(bytes.len()));
    let message = Message::decode(&bytes).unwrap();
    assert_eq!((message.kind, message.error.as_str()), (Kind::Error, "a.b"));
}

#[test]
fn paths_are_checked() {
    for (path, valid) in [
        ("/", true),
        ("/a/B_9", true),
        ("", false),
        ("a", false),
        ("/a/", false),
        ("//a", false),
        ("/a'b", false),
        ("/ä", false),
    ] {
        let mut body = Writer::with_room(64);
        body.text(path);
        let message = Message::decode(&reply("o", &body)).unwrap();
        assert_eq!(message.arguments("o").unwrap().path().is_ok(), valid, "{path:?}");
    }
}

#[test]
fn excessive_lengths_are_refused() {
    let mut bytes = search_reply();
    bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(Message::length(&bytes), Err(Malformed));
    assert_eq!(Message::length(b"HTTP/1.1 200 OK\r\n"), Err(Malformed));
    assert_eq!(Message::length(b"l"), Err(Malformed));
}

/// Reads everything that a caller would.
fn read_everything(bytes: &[u8]) -> Result<(), Malformed> {
    Message::length(bytes)?;
    let message = Message::decode(bytes)?;
    if let Ok(mut reader) = message.arguments("aoao") {
        reader.paths()?;
        reader.paths()?;
    }
    let mut reader = message.arguments("(oayays)")?;
    reader.align(8)?;
    reader.path()?;
    reader.bytes_array()?;
    reader.bytes_array()?;
    reader.text().map(drop)
}

#[test]
fn truncated_and_changed_messages_never_panic() {
    for whole in [search_reply(), secret_reply()] {
        for end in 0..whole.len() {
            assert!(read_everything(&whole[..end]).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            for value in [0, 1, 4, 0x7f, 0x80, 0xff, whole[at] ^ 1] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = read_everything(&changed);
            }
        }
    }
    assert_eq!(read_everything(&secret_reply()), Ok(()));
}
