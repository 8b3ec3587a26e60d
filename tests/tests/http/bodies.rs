//! Bodies that are too large, or come too slowly: over a real socket where it matters.

use std::{net::SocketAddr, time::Duration};

use api::{Limits, Pace};
use axum::http::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::service::{self, ADMIN, Service};

const SMALL: usize = 64 << 10;

fn small() -> Limits {
    let pace = Pace { bytes: 10, within: Duration::from_millis(300) };
    Limits { order: SMALL, paste: SMALL, file: 2 * SMALL, pace: Some(pace), ..Limits::default() }
}

/// A service with small limits that listens.
async fn listening() -> (Service, SocketAddr) {
    let service = Service::start_with(1_000, small()).await;
    let address = service::listening(service.state.clone()).await;
    (service, address)
}

/// Begins to send a file of people.
async fn begun(service: &Service, address: SocketAddr, framing: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let token = service.token(ADMIN, &["write"]).await;
    let head = format!(
        "POST /api/v1/licenses/{}/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: text/csv\r\n{framing}\r\n\r\n",
        service.license
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream
}

/// The whole answer, until the service closes the connection.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    read.expect("in time").expect("an answer");
    String::from_utf8(bytes).expect("text")
}

fn problem(answer: &str, status: &str, code: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    for part in ["application/problem+json", "connection: close", &format!("\"code\":\"{code}\"")] {
        assert!(answer.contains(part), "no {part} in {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_sending_or_only_trickles_is_cut_off() {
    let (service, address) = listening().await;
    let mut stopped = begun(&service, address, "Content-Length: 1000").await;
    stopped.write_all(b"Email\na@school").await.expect("sent");
    problem(&answer(&mut stopped).await, "408", "body_too_slow");
    let mut trickling = begun(&service, address, "Content-Length: 1000").await;
    let (mut read, mut write) = trickling.split();
    let trickle = async {
        // A byte at a time is no pause, and no progress either.
        while write.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        () = trickle => {}
        read = timeout(Duration::from_secs(10), read.read_to_end(&mut bytes)) => { let _ = read.expect("in time"); }
    }
    problem(&String::from_utf8_lossy(&bytes), "408", "body_too_slow");
    let users = service.get("/api/v1/licenses/{L}/users", None).await;
    assert_eq!(users.people(), Vec::<String>::new(), "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_and_keeps_sending_takes_as_long_as_it_takes() {
    let (service, address) = listening().await;
    let rows: Vec<String> = (0..10).map(|n| format!("person{n}@school.example\n")).collect();
    let length = 6 + rows.iter().map(String::len).sum::<usize>();
    let framing = format!("Content-Length: {length}\r\nConnection: close");
    let mut stream = begun(&service, address, &framing).await;
    stream.write_all(b"Email\n").await.expect("sent");
    for row in rows {
        // All of it takes longer than what is waited for some of it.
        sleep(Duration::from_millis(100)).await;
        stream.write_all(row.as_bytes()).await.expect("sent");
    }
    let answer = answer(&mut stream).await;
    assert!(answer.contains("\"accepted\":10"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_it_is_too_large_is_refused_unread_and_the_answer_arrives() {
    let (service, address) = listening().await;
    let mut unread = begun(&service, address, "Content-Length: 131073").await;
    let mut head = [0; 12];
    let read = timeout(Duration::from_secs(10), unread.read_exact(&mut head)).await;
    read.expect("before a byte is sent").expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 413");
    let mut sent = begun(&service, address, "Content-Length: 20000000").await;
    sent.write_all(&vec![b'x'; 20_000_000]).await.expect("who sends all of it first can do so");
    problem(&answer(&mut sent).await, "413", "file_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_say_its_length_is_cut_off_at_the_limit() {
    let (service, address) = listening().await;
    let mut stream = begun(&service, address, "Transfer-Encoding: chunked").await;
    for _ in 0..20 {
        stream.write_all(b"2000\r\n").await.expect("sent");
        stream.write_all(&[b'x'; 0x2000]).await.expect("sent");
        stream.write_all(b"\r\n").await.expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("sent");
    let answer = answer(&mut stream).await;
    problem(&answer, "413", "file_too_large");
    assert!(answer.contains("more than 128 KiB") && answer.contains("split the file"), "{answer}");
}

#[tokio::test]
async fn an_order_and_a_paste_have_their_own_limits() {
    let service = Service::start_with(1, small()).await;
    let too_large = StatusCode::PAYLOAD_TOO_LARGE;
    let long = "x".repeat(SMALL);
    service.post("/api/v1/licenses", None, json!({"name": long})).await.refuses(too_large, "too_large");
    let path = "/api/v1/licenses/{L}/users";
    service.post(path, Some(ADMIN), json!({"emails": long})).await.refuses(too_large, "too_large");
    let paste = service.send_text(path, ADMIN, "text/plain", &format!("{long}x")).await;
    paste.refuses(too_large, "too_large");
    assert!(paste.text("detail").contains("64 KiB"), "{}", paste.body);
}
