//! A small site that serves images, well and badly.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use gd_montage::Picture;

/// The site, for as long as the process lives.
pub struct Site {
    address: SocketAddr,
    seen: Arc<Seen>,
}

/// What was asked for, and whether what is held may go.
#[derive(Default)]
struct Seen {
    asked: Mutex<Vec<String>>,
    let_go: Mutex<bool>,
    gone: Condvar,
}

impl Site {
    pub fn start(address: &str) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::new(Seen::default());
        let site = Self { address, seen: seen.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = seen.clone();
                // A worker that was killed, or has seen enough, reads no further.
                std::thread::spawn(move || drop(serve(stream, &seen)));
            }
        });
        site
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// A message that lists these paths.
    pub fn job(&self, paths: &[&str]) -> String {
        paths.iter().map(|path| self.url(path) + "\n").collect()
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.seen.asked.lock().expect("unpoisoned").clone()
    }

    /// Gives what it holds: the image "held".
    pub fn let_go(&self) {
        *self.seen.let_go.lock().expect("unpoisoned") = true;
        self.seen.gone.notify_all();
    }
}

/// A JPEG of one colour.
pub fn jpeg(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    Picture::filled(width, height, colour).to_jpeg().expect("a picture is a JPEG")
}

fn serve(mut stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    let request = head.next().unwrap_or(Ok(String::new()))?;
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let times = {
        let mut asked = seen.asked.lock().expect("unpoisoned");
        asked.push(path.clone());
        asked.iter().filter(|other| **other == path).count()
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (verb, rest) = path.split_once('/').unwrap_or((path, ""));
    match verb {
        "red.jpg" => whole(&mut stream, &jpeg(800, 600, [220, 30, 30])),
        "tall.jpg" => whole(&mut stream, &jpeg(300, 900, [30, 30, 220])),
        "small.png" => whole(&mut stream, include_bytes!("images/small.png")),
        "small.gif" => whole(&mut stream, include_bytes!("images/small.gif")),
        "small.webp" => whole(&mut stream, include_bytes!("images/small.webp")),
        "bomb.png" => whole(&mut stream, include_bytes!("images/60000x60000.png")),
        "large" => match rest {
            "progressive.jpg" => whole(&mut stream, include_bytes!("images/progressive.jpg")),
            "interlaced.png" => whole(&mut stream, include_bytes!("images/interlaced.png")),
            _ => whole(&mut stream, include_bytes!("images/large.webp")),
        },
        "drawing.jpg" => whole(&mut stream, b"<?xml version='1.0'?><svg width='9' height='9'/>"),
        "cut.jpg" => {
            let jpeg = jpeg(800, 600, [30, 220, 30]);
            whole(&mut stream, &jpeg[..jpeg.len() / 2])
        }
        // A small image of its own for each number.
        "number" => {
            let number: u32 = rest.parse().unwrap_or_default();
            let [_, a, b, c] = (number * 2_654_435).to_be_bytes();
            std::thread::sleep(Duration::from_millis(20));
            whole(&mut stream, &jpeg(40, 30, [a, b, c]))
        }
        "after" => {
            std::thread::sleep(Duration::from_millis(rest.parse().unwrap_or_default()));
            whole(&mut stream, &jpeg(40, 30, [99; 3]))
        }
        "held" => {
            let held = seen.let_go.lock().expect("unpoisoned");
            drop(seen.gone.wait_while(held, |let_go| !*let_go));
            whole(&mut stream, &jpeg(40, 30, [99; 3]))
        }
        "status" => answer(&mut stream, rest, "", b"no image"),
        "flaky" if times < 3 => answer(&mut stream, "503 Service Unavailable", "", b""),
        "flaky" => whole(&mut stream, &jpeg(40, 30, [9; 3])),
        "to" => answer(&mut stream, "302 Found", &format!("Location: {}\r\n", decoded(rest)), b""),
        "hops" => match rest.parse::<u32>().unwrap_or_default() {
            0 => whole(&mut stream, &jpeg(40, 30, [9; 3])),
            hops => {
                let to = format!("Location: /hops/{}\r\n", hops - 1);
                answer(&mut stream, "301 Moved Permanently", &to, b"")
            }
        },
        "gigabyte" => endless(&mut stream, "Content-Length: 1073741824\r\n"),
        "endless" => endless(&mut stream, ""),
        "trickle" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\xFF\xD8\xFF")?;
            trickle(&mut stream)
        }
        "mute" => loop {
            std::thread::sleep(Duration::from_secs(1));
            // Until the worker hangs up.
            if stream.peek(&mut [0])? == 0 {
                return Ok(());
            }
        },
        _ => answer(&mut stream, "404 Not Found", "", b"nothing here"),
    }
}

fn whole(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<()> {
    answer(stream, "200 OK", "Content-Type: image/jpeg\r\n", body)
}

fn answer(stream: &mut TcpStream, status: &str, more: &str, body: &[u8]) -> std::io::Result<()> {
    let (status, length) = (decoded(status), body.len());
    let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"Connection: close\r\n\r\n")?;
    stream.write_all(body)
}

/// Writes what begins as a JPEG until nobody reads.
fn endless(stream: &mut TcpStream, length: &str) -> std::io::Result<()> {
    stream.write_all(format!("HTTP/1.1 200 OK\r\n{length}\r\n").as_bytes())?;
    stream.write_all(b"\xFF\xD8\xFF")?;
    loop {
        stream.write_all(&[0; 65_536])?;
    }
}

fn trickle(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        stream.write_all(&[0])?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Spaces and slashes in a path.
fn decoded(text: &str) -> String {
    text.replace("%20", " ").replace("%2F", "/")
}
