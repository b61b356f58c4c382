use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex as Shared;
use std::time::Duration;

use super::*;

/// Reads four bytes at once.
#[derive(Default)]
struct Small(Vec<u8>);

impl Sink for Small {
    const MOST: u64 = 64;
    const AT_ONCE: Option<u64> = Some(4);
    fn take(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// A part of the file that is called "e".
fn part(range: &str, body: &str) -> String {
    answer("206 Part", &format!("ETag: \"e\"\r\nContent-Range: bytes {range}\r\n"), body)
}

fn whole_of(body: &str) -> String {
    answer("200 OK", "ETag: \"e\"\r\n", body)
}

fn beyond() -> String {
    answer("416 Range Not Satisfiable", "", "")
}

/// What of a file is asked for, and of which.
fn asked(stream: &TcpStream) -> std::io::Result<String> {
    let (mut range, mut etag) = (String::new(), String::new());
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("range") => range = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("if-match") => {
                etag = format!(" of {value}");
            }
            _ => {}
        }
    }
    Ok(range + &etag)
}

/// Reads a file from a server that gives these answers, one after the other: what it comes to,
/// and what was asked for.
async fn read(answers: Vec<String>) -> (Result<String, Obstacle>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/disk", listener.local_addr().expect("an address"));
    let told = Arc::new(Shared::new(Vec::new()));
    let heard = told.clone();
    // It ends with its last answer, or with the test's process.
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            heard.lock().expect("no panic").push(asked(&stream).expect("a request"));
            // Whoever asks may go away.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let at = Instant::now() + Duration::from_secs(60);
    let deadline = Deadline { at, limit: "1m".to_owned() };
    let url = Url::parse(&url).expect("an address");
    let read = whole::<Small>(&Web::new(), &url, &deadline, &Task::silent()).await;
    let read = read.expect("no other error").map(|(read, bytes)| {
        assert_eq!(read.0.len() as u64, bytes);
        String::from_utf8(read.0).expect("text")
    });
    let told = told.lock().expect("no panic").clone();
    (read, told)
}

#[tokio::test]
async fn a_file_is_read_part_by_part_and_each_part_is_asked_for_of_the_same_file() {
    let parts = vec![part("0-3/10", "0123"), part("4-7/10", "4567"), part("8-9/10", "89")];
    let (read, told) = read(parts).await;
    assert_eq!(read.as_deref(), Ok("0123456789"));
    assert_eq!(told, ["bytes=0-3", "bytes=4-7 of \"e\"", "bytes=8-11 of \"e\""]);
}

#[tokio::test]
async fn nothing_more_is_asked_for_at_the_last_byte() {
    let (read, told) = read(vec![part("0-3/8", "0123"), part("4-7/8", "4567")]).await;
    assert_eq!(read.as_deref(), Ok("01234567"));
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_sends_all_of_it() {
    let (read, told) = read(vec![whole_of("0123456789")]).await;
    assert_eq!(read.as_deref(), Ok("0123456789"));
    assert_eq!(told, ["bytes=0-3"]);
}

#[tokio::test]
async fn an_empty_file_has_no_part() {
    let (read, told) = read(vec![beyond(), whole_of("")]).await;
    assert_eq!(read.as_deref(), Ok(""));
    assert_eq!(told, ["bytes=0-3", ""]);
}

#[tokio::test]
async fn a_file_of_a_size_that_is_not_told_ends_where_no_part_follows() {
    let (read, told) = read(vec![part("0-3/*", "0123"), part("4-5/*", "45"), beyond()]).await;
    assert_eq!(read.as_deref(), Ok("012345"));
    assert_eq!(told, ["bytes=0-3", "bytes=4-7 of \"e\"", "bytes=6-9 of \"e\""]);
}

#[tokio::test]
async fn a_file_whose_parts_have_no_name_is_asked_for_at_once() {
    let nameless = answer("206 Part", "Content-Range: bytes 0-3/6\r\n", "0123");
    let (read, told) = read(vec![nameless, whole_of("012345")]).await;
    assert_eq!(read.as_deref(), Ok("012345"));
    assert_eq!(told, ["bytes=0-3", ""]);

    // One that is all of it needs none.
    let nameless = answer("206 Part", "Content-Range: bytes 0-2/3\r\n", "012");
    let (read, told) = self::read(vec![nameless]).await;
    assert_eq!(read.as_deref(), Ok("012"));
    assert_eq!(told, ["bytes=0-3"]);
}

#[tokio::test]
async fn a_part_that_breaks_off_is_gone_on_with_where_it_was() {
    let broken = part("0-3/8", "0123").strip_suffix("23").expect("it ends so").to_owned();
    let (read, told) = read(vec![broken, part("2-5/8", "2345"), part("6-7/8", "67")]).await;
    assert_eq!(read.as_deref(), Ok("01234567"));
    assert_eq!(told, ["bytes=0-3", "bytes=2-5 of \"e\"", "bytes=6-9 of \"e\""]);
}

#[tokio::test]
async fn two_parts_of_two_files_are_no_file() {
    let of_another = |range: &str, body: &str| {
        answer("206 Part", &format!("ETag: \"f\"\r\nContent-Range: bytes {range}\r\n"), body)
    };
    let [first, second] = [of_another("0-3/6", "abcd"), of_another("4-5/6", "ef")];
    // By a server that minds If-Match, and by one that does not.
    let refused = answer("412 Precondition Failed", "", "");
    for replaced in [refused, of_another("4-5/6", "ef")] {
        let answers = vec![part("0-3/8", "0123"), replaced, first.clone(), second.clone()];
        let (read, told) = read(answers).await;
        assert_eq!(read.as_deref(), Ok("abcdef"));
        assert_eq!(told, ["bytes=0-3", "bytes=4-7 of \"e\"", "bytes=0-3", "bytes=4-7 of \"f\""]);
    }
}
