//! What the dashboard looks like, at every size.

mod charts;
mod tiles;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::tz::TimeZone;
use lib_common::Error;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::sample::Sample;

/// An hour of looks at the usual two seconds.
const KEPT: usize = 1800;
/// The lowest chart in which a line can be seen.
const CHART_HEIGHT: u16 = 6;
/// From this height on the lower charts fit too.
const TWO_CHARTS_HEIGHT: u16 = 15;

/// What was seen, and how it is shown.
pub struct View {
    title: String,
    every: Duration,
    samples: VecDeque<Sample>,
    failure: Option<String>,
    palette: Palette,
}

/// The colours, each of which means one thing everywhere.
#[derive(Clone, Copy)]
struct Palette {
    waiting: Style,
    in_flight: Style,
    results: Style,
    workers: Style,
    alarm: Style,
    quiet: Style,
    strong: Style,
}

impl Palette {
    fn new(colour: bool) -> Self {
        let of = |colour_of| match colour {
            true => Style::new().fg(colour_of),
            false => Style::new(),
        };
        Self {
            waiting: of(Color::Yellow),
            in_flight: of(Color::Cyan),
            results: of(Color::Green),
            workers: of(Color::Magenta),
            alarm: of(Color::Red).add_modifier(Modifier::BOLD),
            quiet: of(Color::DarkGray),
            strong: Style::new().add_modifier(Modifier::BOLD),
        }
    }
}

impl View {
    /// An empty dashboard.
    pub fn new(title: String, every: Duration, colour: bool) -> Self {
        Self {
            title,
            every,
            samples: VecDeque::new(),
            failure: None,
            palette: Palette::new(colour),
        }
    }

    /// Adds what a look saw.
    pub fn add(&mut self, sample: Sample) {
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
        self.failure = None;
    }

    /// Notes a look that failed; what was seen before stays.
    pub fn fail(&mut self, error: &Error) {
        self.failure = Some(error.summary());
    }

    /// Draws all of it.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let samples: &[Sample] = self.samples.make_contiguous();
        let tiles = tiles::height(area.width);
        let rows = [Constraint::Length(1), Constraint::Length(tiles), Constraint::Fill(1)];
        let [head, numbers, rest] = Layout::vertical(rows).areas(area);
        let [charts, foot] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(rest);
        let Some(last) = samples.last() else {
            return;
        };
        head_line(frame, head, &self.title, last, self.palette);
        tiles::draw(frame, numbers, samples, self.palette);
        if charts.height >= TWO_CHARTS_HEIGHT {
            let split = [Constraint::Fill(3), Constraint::Fill(2)];
            let [upper, lower] = Layout::vertical(split).areas(charts);
            let [left, right] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
            charts::jobs(frame, upper, samples, self.palette);
            charts::workers(frame, left, samples, self.palette);
            charts::rate(frame, right, samples, self.palette);
        } else if charts.height >= CHART_HEIGHT {
            charts::jobs(frame, charts, samples, self.palette);
        }
        self.foot_line(frame, foot);
    }

    fn foot_line(&self, frame: &mut Frame<'_>, area: Rect) {
        let line = match &self.failure {
            Some(failure) => Line::styled(format!(" {failure}"), self.palette.alarm),
            None => Line::from(vec![
                Span::styled(" q", self.palette.strong),
                Span::styled(
                    format!(
                        " quit · a look every {} · {} looks",
                        humantime::format_duration(self.every),
                        self.samples.len()
                    ),
                    self.palette.quiet,
                ),
            ]),
        };
        frame.render_widget(line, area);
    }
}

fn head_line(frame: &mut Frame<'_>, area: Rect, title: &str, last: &Sample, palette: Palette) {
    let clock = last.time.to_zoned(TimeZone::system()).strftime("%H:%M:%S ").to_string();
    let width = u16::try_from(clock.len()).unwrap_or(0);
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(area);
    let title = Line::from(vec![
        Span::styled(" GameDay  ", palette.strong),
        Span::styled(title.to_owned(), palette.quiet),
    ]);
    frame.render_widget(Paragraph::new(title), left);
    frame.render_widget(Line::styled(clock, palette.quiet), right);
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::depth::Depth;
    use crate::sample::Instances;

    fn view() -> View {
        let mut view = View::new("input → output".to_owned(), Duration::from_secs(2), true);
        let start: Timestamp = "2026-01-01T10:00:00Z".parse().expect("valid");
        for n in 0..300_u64 {
            let waiting = if n < 100 { n } else { 100 - (n - 100) / 2 };
            view.add(Sample {
                time: start + SignedDuration::from_secs(2 * n as i64),
                input: Depth { waiting, in_flight: 4, delayed: 0 },
                output: Depth { waiting: n / 3, ..Depth::default() },
                dead_letter: Depth { waiting: 1, ..Depth::default() },
                oldest_seconds: Some(n),
                instances: Some(Instances {
                    desired: 4,
                    in_service: 1 + n / 100,
                    ..Instances::default()
                }),
            });
        }
        view
    }

    fn drawn(width: u16, height: u16) -> String {
        let mut terminal =
            ratatui::Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
        terminal.draw(|frame| view().draw(frame)).expect("it draws");
        terminal.backend().to_string()
    }

    #[test]
    fn every_number_is_seen_at_the_usual_size() {
        let screen = drawn(80, 24);
        for text in ["Waiting", "In flight", "4 min 59 s", "▼ 15/min", "Dead letters", "3 of 4"] {
            assert!(screen.contains(text), "{text}: {screen}");
        }
    }

    #[test]
    fn no_size_is_too_small_or_too_large() {
        for (width, height) in [(1, 1), (10, 3), (20, 5), (40, 12), (79, 17), (300, 100)] {
            drawn(width, height);
        }
    }
}
