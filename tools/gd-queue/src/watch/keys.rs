//! Keys from the terminal, whatever stdin is.

use ratatui::termion::event::Key as Pressed;
use ratatui::termion::input::TermRead;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use lib_common::{Error, Exit, Result};

/// What a key asks for.
pub enum Key {
    /// To end.
    Quit,
    /// To end as by SIGINT, which a terminal in raw mode does not send.
    Interrupt,
    /// Nothing.
    Other,
}

/// The keys as they are pressed.
pub struct Keys(UnboundedReceiver<Key>);

impl Keys {
    /// Listens in a thread, which blocks until the process ends.
    pub fn listen() -> Result<Self> {
        let terminal = ratatui::termion::get_tty().map_err(|error| {
            Error::new(Exit::Failed, "cannot read the terminal's keys").caused_by(&error)
        })?;
        let (sender, receiver) = unbounded_channel();
        std::thread::spawn(move || {
            for key in terminal.keys().map_while(Result::ok) {
                let key = match key {
                    Pressed::Char('q') | Pressed::Esc => Key::Quit,
                    Pressed::Ctrl('c') => Key::Interrupt,
                    _ => Key::Other,
                };
                if sender.send(key).is_err() {
                    return;
                }
            }
        });
        Ok(Self(receiver))
    }

    /// The next key; none once the terminal is gone.
    pub async fn next(&mut self) -> Option<Key> {
        self.0.recv().await
    }
}
