//! The picture of a run: messages, age and workers over the same time.

use jiff::Timestamp;
use lib_common::{Error, Exit, Result};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::sample::Sample;

/// The font that the PNG has, and most Linux systems too.
pub const FONT: &str = "DejaVu Sans";

const WIDTH: u32 = 1000;
const TITLE_HEIGHT: u32 = 48;
const PANEL_HEIGHT: u32 = 220;
const LEGEND_HEIGHT: u32 = 28;
/// Where the panels' own left edge is.
const LEGEND_LEFT: i32 = 82;
/// Below the last panel, so that its last line of text is not cut.
const FOOT_HEIGHT: u32 = 12;

/// The colours of Okabe and Ito, which colour-blind readers can tell apart.
const WAITING: RGBColor = RGBColor(230, 159, 0);
const IN_FLIGHT: RGBColor = RGBColor(0, 114, 178);
const RESULTS: RGBColor = RGBColor(0, 158, 115);
const DEAD: RGBColor = RGBColor(213, 94, 0);
const WORKERS: RGBColor = RGBColor(204, 121, 167);
const WANTED: RGBColor = RGBColor(110, 110, 110);
const INK: RGBColor = RGBColor(51, 51, 51);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// One panel: what its axis counts, and its lines.
struct Panel {
    axis: &'static str,
    lines: Vec<Curve>,
}

struct Curve {
    name: &'static str,
    colour: RGBColor,
    /// Filled down to zero.
    filled: bool,
    points: Vec<(f64, f64)>,
}

/// The unit of the time axis, which fits the length of the run.
#[derive(Clone, Copy)]
struct Clock {
    start: Timestamp,
    seconds: f64,
    unit: &'static str,
}

impl Clock {
    fn of(samples: &[Sample]) -> Self {
        let start = samples.first().map(|sample| sample.time).unwrap_or_default();
        let end = samples.last().map(|sample| sample.time).unwrap_or_default();
        let (seconds, unit) = match end.duration_since(start).as_secs() {
            0..180 => (1.0, "seconds"),
            180..10_800 => (60.0, "minutes"),
            _ => (3600.0, "hours"),
        };
        Self { start, seconds, unit }
    }

    fn at(self, time: Timestamp) -> f64 {
        time.duration_since(self.start).as_secs_f64() / self.seconds
    }
}

/// Draws the samples, of which there are at least two.
pub fn svg(title: &str, samples: &[Sample]) -> Result<String> {
    let clock = Clock::of(samples);
    let panels = panels(samples, clock);
    let body = PANEL_HEIGHT * u32::try_from(panels.len()).unwrap_or(1);
    let height = TITLE_HEIGHT + body + FOOT_HEIGHT;
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&root, title, &panels, clock, samples)
    };
    drawn.map_err(|error| {
        Error::new(Exit::Failed, "cannot draw the samples").caused_by(error.as_ref())
    })?;
    Ok(svg)
}

fn panels(samples: &[Sample], clock: Clock) -> Vec<Panel> {
    let curve = |value: &dyn Fn(&Sample) -> Option<u64>| -> Vec<(f64, f64)> {
        let points = samples.iter().filter_map(|s| Some((clock.at(s.time), value(s)? as f64)));
        points.collect()
    };
    let line = |name, colour, filled, points| Curve { name, colour, filled, points };
    let mut messages = vec![
        line("waiting", WAITING, true, curve(&|s| Some(s.input.waiting))),
        line("in flight", IN_FLIGHT, false, curve(&|s| Some(s.input.in_flight))),
        line("results", RESULTS, false, curve(&|s| Some(s.output.total()))),
    ];
    if samples.iter().any(|sample| sample.dead_letter.total() > 0) {
        messages.push(line("dead letters", DEAD, false, curve(&|s| Some(s.dead_letter.total()))));
    }
    let age = line("oldest job", INK, true, curve(&|s| s.oldest_seconds));
    let workers = vec![
        line("wanted", WANTED, false, steps(curve(&|s| Some(s.instances?.desired)))),
        line("at work", WORKERS, true, steps(curve(&|s| Some(s.instances?.in_service)))),
    ];
    let panels = [
        Panel { axis: "messages", lines: messages },
        Panel { axis: "age in seconds", lines: vec![age] },
        Panel { axis: "workers", lines: workers },
    ];
    // What was never told has no panel.
    let told = |panel: &Panel| panel.lines.iter().any(|line| !line.points.is_empty());
    panels.into_iter().filter(told).collect()
}

/// A number of workers holds until it changes: no slope between two looks.
fn steps(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (x, y) in points {
        if let Some((_, last)) = steps.last().copied() {
            steps.push((x, last));
        }
        steps.push((x, y));
    }
    steps
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

fn draw(root: &Area<'_>, title: &str, panels: &[Panel], clock: Clock, samples: &[Sample]) -> Drawn {
    root.fill(&WHITE)?;
    let (head, body) = root.margin(0, FOOT_HEIGHT, 0, 0).split_vertically(TITLE_HEIGHT);
    let bold = (FONT, 20).into_font().style(FontStyle::Bold).color(&INK);
    head.draw(&Text::new(title.to_owned(), (24, 18), bold))?;
    let end = samples.last().map_or(0.0, |last| clock.at(last.time));
    let areas = body.split_evenly((panels.len(), 1));
    for (at, (area, panel)) in areas.iter().zip(panels).enumerate() {
        let below = (at + 1 == panels.len()).then(|| {
            format!("{} since {}", clock.unit, clock.start.strftime("%Y-%m-%d %H:%M:%S UTC"))
        });
        draw_panel(area, panel, end, below)?;
    }
    root.present()?;
    Ok(())
}

fn draw_panel(area: &Area<'_>, panel: &Panel, end: f64, below: Option<String>) -> Drawn {
    let highest = panel.lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y);
    let top = highest.fold(0.0, f64::max).max(4.0) * 1.08;
    let mut chart = ChartBuilder::on(area)
        .margin_right(24)
        .margin_left(16)
        .margin_top(LEGEND_HEIGHT)
        .x_label_area_size(if below.is_some() { 48 } else { 24 })
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..end, 0.0..top)?;
    let small = (FONT, 13).into_font().color(&INK);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(11)
        .y_labels(5)
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .label_style(small.clone())
        .axis_desc_style(small.clone())
        .x_desc(below.unwrap_or_default())
        .y_desc(panel.axis)
        .draw()?;
    for line in panel.lines.iter().filter(|line| !line.points.is_empty()) {
        let stroke = line.colour.stroke_width(2);
        let points = line.points.iter().copied();
        if line.filled {
            chart.draw_series(AreaSeries::new(points.clone(), 0.0, line.colour.mix(0.25)))?;
        }
        chart.draw_series(LineSeries::new(points, stroke))?;
    }
    legend(area, panel)
}

/// Names the lines above their panel, where no line can run through.
fn legend(area: &Area<'_>, panel: &Panel) -> Drawn {
    let mut x = LEGEND_LEFT;
    for line in panel.lines.iter().filter(|line| !line.points.is_empty()) {
        let stroke = line.colour.stroke_width(2);
        area.draw(&PathElement::new([(x, 16), (x + 18, 16)], stroke))?;
        let small = (FONT, 13).into_font().color(&INK);
        area.draw(&Text::new(line.name, (x + 24, 10), small))?;
        // The font's letters are 7 to 8 wide at this size.
        x += 48 + 8 * i32::try_from(line.name.len()).unwrap_or(0);
    }
    Ok(())
}

/// A mark of an axis without needless zeros.
fn number(value: &f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn a_number_holds_until_it_changes() {
        assert_eq!(
            steps(vec![(0.0, 1.0), (2.0, 1.0), (4.0, 3.0)]),
            [(0.0, 1.0), (2.0, 1.0), (2.0, 1.0), (4.0, 1.0), (4.0, 3.0)]
        );
    }
}
