//! Connections: many, kept, broken.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::super::{Fault, Outcome, Sts, World};
use super::client::{Answer, Signer, connect, send, try_send};

const WHO: [(&str, &str); 1] = [("Action", "GetCallerIdentity")];

#[test]
fn serves_a_hundred_at_once() {
    let sts = Sts::start(World::sample());
    let raw = Signer::natan(&sts).post(&WHO);
    sts.set_latency(Duration::from_millis(1500));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..100).map(|_| scope.spawn(|| send(&sts, &raw))).collect();
        assert!(sts.wait_for("GetCallerIdentity", 100, Duration::from_secs(20)));
        // Every request is in before the first one is out: none waits for another.
        assert!(sts.calls().iter().all(|call| call.outcome == Outcome::Unanswered));
        assert!(clients.into_iter().all(|client| client.join().unwrap().status == 200));
    });
}

#[test]
fn keeps_a_connection() {
    let sts = Sts::start(World::sample());
    let mut stream = connect(&sts);
    for _ in 0..3 {
        let raw = Signer::natan(&sts).post(&WHO);
        // In pieces, as a slow network brings it.
        let (first, rest) = raw.split_at(raw.len() / 3);
        stream.write_all(first.as_bytes()).unwrap();
        stream.flush().unwrap();
        thread::sleep(Duration::from_millis(10));
        stream.write_all(rest.as_bytes()).unwrap();
        assert_eq!(Answer::read(&mut stream).unwrap().status, 200);
    }
    assert_eq!(sts.count("GetCallerIdentity"), 3);
}

#[test]
fn breaks_as_ordered() {
    let sts = Sts::start(World::sample());
    let raw = Signer::natan(&sts).post(&WHO);
    let struck = |fault: Fault| {
        sts.fault(fault);
        try_send(&sts, &raw)
    };
    let kind = |fault: Fault| struck(fault).map(|answer| answer.status).unwrap_err().kind();

    assert_eq!(struck(Fault::Status(500)).unwrap().error().1, "InternalFailure");
    assert_eq!(struck(Fault::Throttled).unwrap().error().1, "Throttling");
    assert_eq!(struck(Fault::Hang(Duration::from_millis(50))).unwrap().status, 200);
    assert_eq!(kind(Fault::Reset), io::ErrorKind::ConnectionReset);
    assert_eq!(kind(Fault::Close), io::ErrorKind::UnexpectedEof);
    assert_eq!(sts.calls().last().unwrap().outcome, Outcome::Unanswered);
    assert_eq!(kind(Fault::ResetInBody), io::ErrorKind::ConnectionReset);
    assert_eq!(kind(Fault::TruncatedBody), io::ErrorKind::UnexpectedEof);
    assert_eq!(sts.calls().last().unwrap().outcome, Outcome::Ok);
    assert_eq!(struck(Fault::StallInBody(Duration::from_millis(50))).unwrap().status, 200);
    assert!(struck(Fault::NotXml).unwrap().body.starts_with("<!DOCTYPE html>"));
    assert!(!struck(Fault::MissingDate).unwrap().head.contains("\r\nDate: "));
    let halved = struck(Fault::MissingElement("Arn".to_owned())).unwrap();
    assert!(halved.element("Arn").is_empty() && !halved.element("Account").is_empty());
    assert!(send(&sts, &raw).head.contains("\r\nDate: "));
}

#[test]
fn refuses_what_is_not_http() {
    let sts = Sts::start(World::sample());
    assert_eq!(send(&sts, "HELO there\r\n\r\n").status, 400);
    assert!(sts.calls().is_empty());
}

#[test]
fn stops_with_its_connections() {
    let mut sts = Sts::start(World::sample());
    let address = sts.endpoint().trim_start_matches("http://").to_owned();
    let raw = Signer::natan(&sts).post(&WHO);
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    sts.on_call(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut idle = connect(&sts);
    sts.set_latency(Duration::from_mins(10));
    let mut waiting = connect(&sts);
    waiting.write_all(raw.as_bytes()).unwrap();
    assert!(sts.wait_for("GetCallerIdentity", 1, Duration::from_secs(20)));
    sts.stop();
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert!(Answer::read(&mut idle).is_err());
    assert!(Answer::read(&mut waiting).is_err());
    assert!(TcpStream::connect(address).is_err());
}
