//! A server of a release that answers as it is told to, and tells what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of one request.
#[derive(Clone)]
pub enum Answer {
    /// The file, or the part of it that is asked for.
    Whole,
    /// So many bytes of that, and the connection ends.
    Broken(usize),
    /// Another file of the same name from now on, which this request does not get.
    Replaced(&'static str),
    /// Status, headers and body.
    Page(u16, &'static str, &'static str),
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    answers: BTreeMap<String, VecDeque<Answer>>,
    asked: Vec<String>,
}

pub struct Mirror {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Mirror {
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(Mutex::new(State { files, ..State::default() }));
        let shared = state.clone();
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever asks may go away.
                let _ = shared.lock().expect("no panic").answer(stream);
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/SHA256SUMS", self.address)
    }

    /// How the next requests for a file are answered; those after them get it.
    pub fn answers(&self, name: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut state = self.state.lock().expect("no panic");
        state.answers.insert(name.to_owned(), answers.into_iter().collect());
    }

    /// The requests for a file since it was last asked: what of it was asked for.
    pub fn asked(&self, name: &str) -> Vec<String> {
        let asked = std::mem::take(&mut self.state.lock().expect("no panic").asked);
        let prefix = format!("{name} ");
        asked.iter().filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).collect()
    }
}

impl State {
    fn answer(&mut self, mut stream: TcpStream) -> std::io::Result<()> {
        let Request { name, range, if_match } = request(&stream)?;
        let part = match &range {
            None => "all".to_owned(),
            Some((first, last)) => {
                format!("{first}-{last} of {}", if_match.as_deref().unwrap_or("any"))
            }
        };
        self.asked.push(format!("{name} {part}"));
        let answer = self.answers.get_mut(&name).and_then(VecDeque::pop_front);
        let answer = answer.unwrap_or(Answer::Whole);
        if let Answer::Page(status, headers, body) = answer {
            let length = body.len();
            return write!(
                stream,
                "HTTP/1.1 {status} Told\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
        if let Answer::Replaced(content) = answer {
            self.files.insert(name.clone(), content.as_bytes().to_vec());
        }
        let Some(content) = self.files.get(&name) else {
            return write!(
                stream,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        };
        let etag = format!("\"{}\"", content.len());
        if if_match.is_some_and(|wanted| wanted != etag) {
            return write!(
                stream,
                "HTTP/1.1 412 Other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        let all = content.len();
        let (first, end) = range.map_or((0, all), |(first, last)| (first, all.min(last + 1)));
        let status = match range {
            None => "200 OK".to_owned(),
            Some(_) => format!("206 Part\r\nContent-Range: bytes {first}-{}/{all}", end - 1),
        };
        let length = end - first;
        write!(
            stream,
            "HTTP/1.1 {status}\r\nETag: {etag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        let sent = match answer {
            Answer::Broken(bytes) => bytes,
            _ => length,
        };
        stream.write_all(&content[first..first + sent])
    }
}

/// What is asked for.
struct Request {
    /// The last step of the path.
    name: String,
    /// The first and the last byte; none for all.
    range: Option<(usize, usize)>,
    if_match: Option<String>,
}

fn request(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let (mut range, mut if_match) = (None, None);
    for line in lines {
        let line = line?;
        let Some((header, value)) = line.split_once(": ") else { break };
        match header.to_ascii_lowercase().as_str() {
            "range" => range = value.strip_prefix("bytes=").and_then(bounds),
            "if-match" => if_match = Some(value.to_owned()),
            _ => {}
        }
    }
    Ok(Request { name, range, if_match })
}

/// Of `4-7`; without the last byte, it is to the end.
fn bounds(range: &str) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    let last = if last.is_empty() { usize::MAX - 1 } else { last.parse().ok()? };
    Some((first.parse().ok()?, last))
}
