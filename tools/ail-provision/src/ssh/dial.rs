//! From a name to a server that says it speaks SSH.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::Refusal;

/// A SYN that is lost is sent again after 1, 3 and 7 seconds.
const CONNECT: Duration = Duration::from_secs(10);
/// sshd looks up the client's name before it greets, which takes up to 10 s where DNS is
/// broken.
const BANNER: Duration = Duration::from_secs(20);

/// A connection to `host` at whose other end an SSH server has greeted. The greeting is
/// left for libssh2 to read.
pub fn dial(host: &str, port: u16) -> Result<TcpStream, Refusal> {
    let addresses: Vec<SocketAddr> =
        (host, port).to_socket_addrs().map_err(|error| Refusal::Name(error.to_string()))?.collect();
    let mut refusal = Refusal::Name("the answer is empty".to_owned());
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return greeted(&stream).map(|()| stream),
            Err(error) => refusal = Refusal::Tcp(plain(&error)),
        }
    }
    Err(refusal)
}

/// Waits for `SSH-`; a server may send other lines before (RFC 4253, 4.2).
fn greeted(stream: &TcpStream) -> Result<(), Refusal> {
    let lost = |error: &std::io::Error| Refusal::Banner(plain(error));
    let deadline = Instant::now() + BANNER;
    let mut seen = [0; 1024];
    let mut length = 0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::Banner(match length {
                0 => format!("it says nothing for {} s", BANNER.as_secs()),
                _ => "what answers does not speak SSH".to_owned(),
            }));
        }
        stream.set_read_timeout(Some(left)).map_err(|error| lost(&error))?;
        match stream.peek(&mut seen) {
            Ok(0) => return Err(Refusal::Banner("it closes the connection".to_owned())),
            Ok(n) if seen[..n].windows(4).any(|four| four == b"SSH-") => {
                return stream.set_read_timeout(None).map_err(|error| lost(&error));
            }
            Ok(n) if n == seen.len() => {
                return Err(Refusal::Banner("what answers does not speak SSH".to_owned()));
            }
            // Peeking again gives the same at once: leave the rest of it time to come.
            Ok(n) => {
                length = n;
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) if is_late(&error) => {}
            Err(error) => return Err(lost(&error)),
        }
    }
}

fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// The words for the common cases, without the number that the system adds.
fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "the connection is refused".to_owned(),
        ErrorKind::TimedOut => "no answer".to_owned(),
        ErrorKind::ConnectionReset => "the connection is reset".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// What dialling a server gives that sends `greeting` and hangs up.
    fn greeting(greeting: &'static [u8]) -> Result<TcpStream, Refusal> {
        let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = server.local_addr().expect("it is bound").port();
        let thread = std::thread::spawn(move || {
            let (mut client, _) = server.accept().expect("somebody calls");
            client.write_all(greeting).expect("it listens");
        });
        let dialled = dial("127.0.0.1", port);
        thread.join().expect("the server does not panic");
        dialled
    }

    #[test]
    fn each_stage_has_its_words() {
        assert!(greeting(b"Welcome\r\nSSH-2.0-x\r\n").is_ok());
        let text = |result: Result<TcpStream, Refusal>| result.expect_err("refused").to_string();
        assert_eq!(text(greeting(b"")), "no SSH server: it closes the connection");
        assert_eq!(text(greeting(&[b'x'; 2000])), "no SSH server: what answers does not speak SSH");
        assert_eq!(text(dial("127.0.0.1", 1)), "no TCP connection: the connection is refused");
        assert!(text(dial("no.such.host.invalid", 22)).starts_with("the name has no address: "));
    }
}
