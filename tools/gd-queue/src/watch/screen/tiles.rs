//! The numbers of this moment, a tile each.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Paragraph};

use super::Palette;
use crate::age;
use crate::sample::{Instances, Sample, change};

/// Over how long the rate is taken: long enough to smooth over a batch of ten.
pub const RATE_OVER: f64 = 60.0;

/// The narrowest tile whose title and number can be read.
const NARROWEST: u16 = 13;
const TILES: u16 = 6;
/// A number between two lines.
const HEIGHT: u16 = 3;

/// How high the tiles of a screen of this width are.
pub fn height(width: u16) -> u16 {
    rows(width) * HEIGHT
}

fn rows(width: u16) -> u16 {
    let in_a_row = (width / NARROWEST).clamp(1, TILES);
    TILES.div_ceil(in_a_row).min(3)
}

/// Draws them.
pub fn draw(frame: &mut Frame<'_>, area: Rect, samples: &[Sample], palette: Palette) {
    let Some(last) = samples.last() else {
        return;
    };
    let tiles = tiles(last, samples, palette);
    let rows = usize::from(rows(frame.area().width));
    let in_a_row = tiles.len().div_ceil(rows);
    let lines = Layout::vertical(vec![Constraint::Length(HEIGHT); rows]).split(area);
    for (line, tiles) in lines.iter().zip(tiles.chunks(in_a_row)) {
        let places = Layout::horizontal(vec![Constraint::Fill(1); in_a_row]).split(*line);
        for (place, (title, number, style)) in places.iter().zip(tiles) {
            let block = Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(palette.quiet)
                .title(*title);
            let number = Line::styled(format!(" {number}"), style.patch(palette.strong));
            frame.render_widget(Paragraph::new(number).block(block), *place);
        }
    }
}

/// `3 of 4 ▲1`: three of four are at work, and one is on its way; `▼1` is going.
fn workers(workers: Instances) -> String {
    let moving = [("▲", workers.pending), ("▼", workers.terminating)].into_iter();
    let moving = moving.filter(|(_, count)| *count > 0).map(|(arrow, n)| format!(" {arrow}{n}"));
    format!("{} of {}{}", workers.in_service, workers.desired, moving.collect::<String>())
}

fn tiles(
    last: &Sample,
    samples: &[Sample],
    palette: Palette,
) -> [(&'static str, String, Style); 6] {
    let known = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
    let dead = last.dead_letter.total();
    let rate = change(samples, RATE_OVER).map(|rate| match rate.round() {
        0.0 => "steady".to_owned(),
        down @ ..0.0 => format!("▼ {}/min", -down),
        up => format!("▲ {up}/min"),
    });
    let workers = last.instances.map(workers);
    [
        ("Waiting", last.input.waiting.to_string(), palette.waiting),
        ("In flight", last.input.in_flight.to_string(), palette.in_flight),
        ("Oldest", known(last.oldest_seconds.map(age::shown)), Style::new()),
        ("Backlog", known(rate), Style::new()),
        ("Dead letters", dead.to_string(), if dead > 0 { palette.alarm } else { Style::new() }),
        ("Workers", known(workers), palette.workers),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_and_who_goes_is_told() {
        let of = |pending, terminating| {
            workers(Instances { desired: 4, in_service: 3, pending, terminating })
        };
        assert_eq!([of(0, 0), of(1, 0), of(0, 2)], ["3 of 4", "3 of 4 ▲1", "3 of 4 ▼2"]);
    }
}
