//! Running a command at the other end.

use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use lib_common::{Error, Exit, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use ssh2::{BlockDirections, Channel};

use super::Connection;
use super::connection::STEP_MILLISECONDS;

/// How often a silent connection is touched: less than the 350 s after which the firewalls
/// of AWS forget it (Amazon EC2 User Guide, "Connection tracking").
const KEEPALIVE_SECONDS: u32 = 60;

/// Where the command wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
}

/// What the one who listens wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// More.
    GoOn,
    /// No more: the command is told as it is in any pipe, by SIGPIPE.
    Enough,
}

/// Runs a command for a shell, gives what it writes to `sink` as it comes, and returns its
/// status, as a shell counts it: 128 and its number for a signal; 0 if the sink had enough.
/// Its input is empty.
pub async fn run(
    connection: Connection,
    command: String,
    timeout: Duration,
    sink: impl FnMut(Output, &[u8]) -> Heard + Send + 'static,
) -> Result<(Connection, u8)> {
    let deadline = Instant::now() + timeout;
    let work = tokio::task::spawn_blocking(move || {
        let status = connection.run(&command, deadline, sink)?;
        Ok((connection, status))
    });
    super::joined(work).await
}

impl Connection {
    fn run(
        &self,
        command: &str,
        deadline: Instant,
        mut sink: impl FnMut(Output, &[u8]) -> Heard,
    ) -> Result<u8> {
        let channel = self.start(command).map_err(|error| lost(error.message()))?;
        self.session.set_blocking(false);
        // Where it ends early it stays so: closing the channel would wait for the command.
        if self.pump(&channel, deadline, &mut sink)? == Heard::Enough {
            return Ok(0);
        }
        self.session.set_blocking(true);
        status(channel).map_err(|error| lost(error.message()))
    }

    fn start(&self, command: &str) -> Result<Channel, ssh2::Error> {
        self.session.set_timeout(STEP_MILLISECONDS);
        self.session.set_keepalive(true, KEEPALIVE_SECONDS);
        let mut channel = self.session.channel_session()?;
        channel.exec(command)?;
        channel.send_eof()?;
        Ok(channel)
    }

    /// Gives both streams to the sink until both end.
    fn pump(
        &self,
        channel: &Channel,
        deadline: Instant,
        sink: &mut impl FnMut(Output, &[u8]) -> Heard,
    ) -> Result<Heard> {
        let mut streams = [(Output::Stdout, channel.stream(0)), (Output::Stderr, channel.stderr())];
        let mut buffer = vec![0; 32 << 10];
        loop {
            let mut idle = true;
            for (output, stream) in &mut streams {
                match stream.read(&mut buffer) {
                    Ok(0) => {}
                    Ok(n) => {
                        idle = false;
                        if sink(*output, &buffer[..n]) == Heard::Enough {
                            return Ok(Heard::Enough);
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(lost(&error.to_string())),
                }
            }
            if !idle {
                continue;
            }
            if channel.eof() {
                return Ok(Heard::GoOn);
            }
            if Instant::now() >= deadline {
                return Err(Error::new(Exit::TimedOut, "the command did not end in time")
                    .because("it may still run there")
                    .next("give a longer --timeout"));
            }
            self.wait_for_more()?;
        }
    }

    /// Sleeps until something comes, for a second at most.
    fn wait_for_more(&self) -> Result<()> {
        if let Err(error) = self.session.keepalive_send().map_err(std::io::Error::from)
            && error.kind() != ErrorKind::WouldBlock
        {
            return Err(lost(&error.to_string()));
        }
        let mut wanted = PollFlags::POLLIN;
        if matches!(
            self.session.block_directions(),
            BlockDirections::Outbound | BlockDirections::Both
        ) {
            wanted |= PollFlags::POLLOUT;
        }
        let mut descriptors = [PollFd::new(self.stream.as_fd(), wanted)];
        match poll(&mut descriptors, PollTimeout::from(1000_u16)) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(error) => Err(lost(&error.to_string())),
        }
    }
}

fn status(mut channel: Channel) -> Result<u8, ssh2::Error> {
    channel.close()?;
    channel.wait_close()?;
    if let Some(name) = channel.exit_signal()?.exit_signal {
        let number = format!("SIG{name}").parse::<Signal>().map_or(0, |signal| signal as i32);
        return Ok(u8::try_from(128 + number).unwrap_or(u8::MAX));
    }
    Ok(u8::try_from(channel.exit_status()?).unwrap_or(u8::MAX))
}

fn lost(why: &str) -> Error {
    Error::new(Exit::Refused, "the SSH connection is lost").because(why)
}
