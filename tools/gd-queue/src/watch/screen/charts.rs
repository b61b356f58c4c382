//! The last while, as lines.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, BorderType, Chart, Dataset, GraphType};

use super::Palette;
use super::tiles::RATE_OVER;
use crate::sample::{Sample, change};

/// The shortest while that is shown: at the start the lines grow instead of stretching.
const SHORTEST: f64 = 120.0;

/// Jobs that wait and that are worked on, and results that wait to be read.
pub fn jobs(frame: &mut Frame<'_>, area: Rect, samples: &[Sample], palette: Palette) {
    let lines = [
        ("waiting", palette.waiting, series(samples, |s| Some(s.input.waiting as f64))),
        ("in flight", palette.in_flight, series(samples, |s| Some(s.input.in_flight as f64))),
        ("results", palette.results, series(samples, |s| Some(s.output.waiting as f64))),
    ];
    let title = legend("Messages", &lines);
    draw(frame, area, title, &lines, (0.0, ceiling(highest(&lines), 4.0)), samples, palette);
}

/// Instances at work, and how many there should be.
pub fn workers(frame: &mut Frame<'_>, area: Rect, samples: &[Sample], palette: Palette) {
    let lines = [
        ("wanted", palette.quiet, series(samples, |s| Some(s.instances?.desired as f64))),
        ("at work", palette.workers, series(samples, |s| Some(s.instances?.in_service as f64))),
    ];
    let title = legend("Workers", &lines);
    draw(frame, area, title, &lines, (0.0, ceiling(highest(&lines), 4.0)), samples, palette);
}

fn rates(samples: &[Sample]) -> Vec<(f64, f64)> {
    let now = samples.last().map(|last| last.time);
    let rates = (1..=samples.len()).filter_map(|end| {
        let until = &samples[..end];
        let at = until.last()?.time.duration_since(now?).as_secs_f64();
        Some((at, change(recent(until), RATE_OVER)?))
    });
    rates.collect()
}

/// No more than a rate can look at: else each point would go through the whole hour.
fn recent(samples: &[Sample]) -> &[Sample] {
    &samples[samples.len().saturating_sub(700)..]
}

/// How fast the backlog grows; below zero it shrinks.
pub fn rate(frame: &mut Frame<'_>, area: Rect, samples: &[Sample], palette: Palette) {
    let lines = [("change a minute", palette.results, rates(samples))];
    let title = legend("Backlog", &lines);
    let size = lines[0].2.iter().map(|(_, rate)| rate.abs()).fold(0.0, f64::max);
    let top = ceiling(size, 4.0);
    draw(frame, area, title, &lines, (-top, top), samples, palette);
}

type Series<'a> = (&'a str, Style, Vec<(f64, f64)>);

fn series(samples: &[Sample], value: impl Fn(&Sample) -> Option<f64>) -> Vec<(f64, f64)> {
    let now = samples.last().map(|last| last.time);
    let points = samples.iter().filter_map(|sample| {
        Some((sample.time.duration_since(now?).as_secs_f64(), value(sample)?))
    });
    points.collect()
}

fn legend(title: &'static str, lines: &[Series<'_>]) -> Line<'static> {
    let mut spans = vec![Span::raw(title)];
    for (name, style, _) in lines {
        spans.push(Span::styled(" ─ ", *style));
        spans.push(Span::raw((*name).to_owned()));
    }
    Line::from(spans)
}

fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: Line<'static>,
    lines: &[Series<'_>],
    (bottom, top): (f64, f64),
    samples: &[Sample],
    palette: Palette,
) {
    let span = samples
        .first()
        .zip(samples.last())
        .map_or(0.0, |(first, last)| last.time.duration_since(first.time).as_secs_f64());
    let span = span.max(SHORTEST);
    let datasets = lines.iter().map(|(_, style, points)| {
        Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(*style)
            .data(points)
    });
    let minutes = |part: f64| format!("-{:.0} min", span * part / 60.0);
    let x = Axis::default()
        .bounds([-span, 0.0])
        .labels([minutes(1.0), minutes(0.5), "now".to_owned()])
        .style(palette.quiet);
    // Three labels want three lines between the borders and above the other axis.
    let marks = match area.height {
        ..7 => vec![bottom, top],
        _ => vec![bottom, bottom.midpoint(top), top],
    };
    let y = Axis::default()
        .bounds([bottom, top])
        .labels(marks.into_iter().map(|mark| format!("{mark:.0}")))
        .style(palette.quiet);
    let block =
        Block::bordered().border_type(BorderType::Rounded).border_style(palette.quiet).title(title);
    let chart = Chart::new(datasets.collect()).x_axis(x).y_axis(y).legend_position(None);
    frame.render_widget(chart.block(block), area);
}

fn highest(lines: &[Series<'_>]) -> f64 {
    lines.iter().flat_map(|(_, _, points)| points).map(|(_, y)| *y).fold(0.0, f64::max)
}

/// The next even number of 1, 2, 4 or 10 times a power of ten: its half is whole too.
fn ceiling(value: f64, least: f64) -> f64 {
    let value = value.max(least);
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn the_top_of_an_axis_is_a_round_number() {
        for (value, top) in [(0.0, 4.0), (5.0, 6.0), (10.0, 10.0), (11.0, 20.0), (137.0, 200.0)] {
            assert_eq!(ceiling(value, 4.0), top, "{value}");
        }
    }
}
