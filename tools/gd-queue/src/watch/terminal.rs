//! The terminal, taken and given back however the run ends.

use std::io::{Stdout, Write, stdout};

use lib_common::{Error, Exit, Result};
use ratatui::Frame;
use ratatui::backend::TermionBackend;
use ratatui::termion::raw::{IntoRawMode, RawTerminal};
use ratatui::termion::screen::{AlternateScreen, IntoAlternateScreen, ToMainScreen};

type Screen = AlternateScreen<RawTerminal<Stdout>>;

/// The whole screen. Dropping it (at the end, at an error, when a signal ends the verb)
/// gives the terminal back as it was.
pub struct Terminal(ratatui::Terminal<TermionBackend<Screen>>);

impl Terminal {
    /// Takes the screen.
    pub fn take() -> Result<Self> {
        speak_on_the_main_screen();
        let screen = stdout().into_raw_mode().and_then(IntoAlternateScreen::into_alternate_screen);
        let terminal =
            screen.and_then(|screen| ratatui::Terminal::new(TermionBackend::new(screen)));
        let mut terminal = terminal.map_err(refused)?;
        terminal.hide_cursor().map_err(refused)?;
        Ok(Self(terminal))
    }

    /// Draws a frame, as large as the terminal is now.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.0.draw(view).map(drop).map_err(refused)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The screen itself is given back by its own drop, after this.
        let _ = self.0.show_cursor();
    }
}

/// A panic's message is written before anything is dropped: it would go with the screen.
fn speak_on_the_main_screen() {
    let speak = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let _ = write!(stdout(), "{ToMainScreen}");
        let _ = stdout().flush();
        speak(info);
    }));
}

fn refused(error: std::io::Error) -> Error {
    Error::new(Exit::Failed, "cannot draw on the terminal").caused_by(&error)
}
