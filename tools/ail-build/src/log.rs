//! The log of a build, in CloudWatch Logs.

use aws_sdk_cloudwatchlogs::Client;
use lib_common::Result;
use lib_common::aws::During;

use crate::build::LogPlace;

/// GetLogEvents gives at most 10,000 events or 1 MiB (CloudWatch Logs API Reference). So
/// many are looked through for the phase that failed: what it said last may lie some way
/// before the end, for another phase may have run after it.
const LOOKED_THROUGH: i32 = 1000;

/// A place in a log up to which it was read.
#[derive(Clone, Debug, Default)]
pub struct Mark(Option<String>);

/// The lines after a mark, all pages of them, and the mark after those. A log that is not
/// there yet has none.
pub async fn after(logs: &Client, place: &LogPlace, mark: Mark) -> Result<(Vec<String>, Mark)> {
    let (mut lines, mut mark) = (Vec::new(), mark.0);
    loop {
        let answer = logs
            .get_log_events()
            .log_group_name(&place.group)
            .log_stream_name(&place.stream)
            .start_from_head(true)
            .set_next_token(mark.clone())
            .send()
            .await
            .during("GetLogEvents");
        let page = match answer {
            Ok(page) => page,
            Err(error) if error.is_not_found() => return Ok((lines, Mark(mark))),
            Err(error) => return Err(error),
        };
        lines.extend(page.events().iter().filter_map(|event| event.message()).map(line));
        let next = page.next_forward_token().map(str::to_owned);
        // "If you have reached the end of the stream, it returns the same token."
        if next.is_none() || next == mark {
            return Ok((lines, Mark(mark)));
        }
        mark = next;
    }
}

/// The last lines of the log, or of what it says of one phase, as plain text.
pub async fn tail(
    logs: &Client,
    place: &LogPlace,
    phase: Option<&str>,
    count: usize,
) -> Result<Vec<String>> {
    let answer = logs
        .get_log_events()
        .log_group_name(&place.group)
        .log_stream_name(&place.stream)
        .start_from_head(false)
        .limit(LOOKED_THROUGH)
        .send()
        .await
        .during("GetLogEvents")?;
    let lines: Vec<_> =
        answer.events().iter().filter_map(|event| event.message()).map(line).collect();
    Ok(last_of(&lines, phase, count).iter().map(|line| plain(line)).collect())
}

/// The last lines between those with which CodeBuild notes begin and end of the phase.
fn last_of<'a>(lines: &'a [String], phase: Option<&str>, count: usize) -> &'a [String] {
    let Some(phase) = phase else {
        return &lines[lines.len().saturating_sub(count)..];
    };
    let noted = |lines: &[String], note: &str| {
        lines.iter().rposition(|line| line.starts_with("[Container]") && line.contains(note))
    };
    let end = noted(lines, &format!("Phase complete: {phase} State: ")).unwrap_or(lines.len());
    let begin = noted(&lines[..end], &format!("Entering phase {phase}")).map_or(0, |at| at + 1);
    &lines[end.saturating_sub(count).max(begin)..end]
}

fn line(message: &str) -> String {
    message.trim_end_matches(['\n', '\r']).to_owned()
}

/// Without what would move a terminal's cursor or change its colours.
fn plain(line: &str) -> String {
    let text = console::strip_ansi_codes(line);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_phase_that_failed() {
        let lines: Vec<_> = [
            "[Container] 1 Phase complete: INSTALL State: SUCCEEDED",
            "[Container] 2 Entering phase BUILD",
            "[Container] 3 Running command make",
            "one",
            "two",
            "[Container] 4 Phase complete: BUILD State: FAILED",
            "[Container] 5 Entering phase POST_BUILD",
            "tidy",
        ]
        .map(str::to_owned)
        .into();
        assert_eq!(last_of(&lines, Some("BUILD"), 2), ["one", "two"]);
        assert_eq!(last_of(&lines, Some("DOWNLOAD_SOURCE"), 1), ["tidy"]);
        assert_eq!(last_of(&lines, None, 2).len(), 2);
        assert_eq!(last_of(&lines, Some("BUILD"), 9).len(), 3);
    }

    #[test]
    fn a_line_cannot_draw_on_the_terminal() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\tand\r more"), "red and  more");
    }
}
