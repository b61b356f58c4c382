//! What became of a canary: the line that is printed of it.

use std::fmt;
use std::time::Duration;

use lib_common::Error;
use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

/// What became of a canary.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Canary {
    /// Its name, which no other has.
    pub canary: String,
    /// What became of it.
    pub state: State,
    /// From its sending to the end.
    pub seconds: f64,
    /// The id of its job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// From its sending until its montage was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub montage_seconds: Option<f64>,
    /// From its sending until its result was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_seconds: Option<f64>,
    /// How far it came, or what was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its montage was made, shows its image, and its result came.
    Healthy,
    /// Its montage was made and shows its image; so many results wait that its own was not
    /// found among them.
    Unread,
    /// That did not come in time.
    Late,
    /// It went to the dead letters.
    Dead,
    /// What came is no montage of its image.
    Wrong,
    /// A call of its way was refused.
    Failed,
}

impl Canary {
    /// One that began.
    pub fn new(name: &str, job: &str) -> Self {
        Self {
            canary: name.to_owned(),
            state: State::Healthy,
            seconds: 0.0,
            job: Some(job.to_owned()),
            montage_seconds: None,
            result_seconds: None,
            reason: None,
        }
    }

    /// Adds to the reason.
    pub fn add(&mut self, what: &str) {
        self.reason = Some(match self.reason.take() {
            Some(reason) => format!("{reason}; {what}"),
            None => what.to_owned(),
        });
    }

    /// One that could not even begin, or whose way was barred.
    pub fn failed(barred: &Barred, took: Duration) -> Self {
        let mut line = Self {
            canary: "-".to_owned(),
            state: State::Failed,
            seconds: seconds(took),
            job: None,
            montage_seconds: None,
            result_seconds: None,
            reason: Some(barred.error.summary()),
        };
        if let Some(left) = &barred.left {
            line.add(left);
        }
        line
    }
}

/// A call of its way was refused.
pub struct Barred {
    /// Why.
    pub error: Error,
    /// What it could not take back.
    pub left: Option<String>,
}

impl Barred {
    /// One that left nothing.
    pub fn by(error: Error) -> Self {
        Self { error, left: None }
    }

    /// As one who waits for this canary alone is told.
    pub fn into_error(self) -> Error {
        match self.left {
            Some(left) => self.error.because(left),
            None => self.error,
        }
    }
}

/// To the millisecond: more is noise.
pub fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Unread => "unread",
            Self::Late => "late",
            Self::Dead => "dead",
            Self::Wrong => "wrong",
            Self::Failed => "failed",
        })
    }
}

impl fmt::Display for Canary {
    /// As a person reads it: `canary 1f0c9a7e healthy 2.1 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "canary {} {} {:.1} s", self.canary, self.state, self.seconds)?;
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl Row for Canary {
    const HEADS: &'static [&'static str] = &["CANARY", "STATE", "SECONDS", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.canary.clone(),
            self.state.to_string(),
            format!("{:.1}", self.seconds),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use lib_common::Exit;

    use super::*;

    #[test]
    fn a_line_says_how_far_it_came() {
        let mut line = Canary::new("1f0c9a7e", "4aac");
        line.seconds = 2.06;
        assert_eq!(line.to_string(), "canary 1f0c9a7e healthy 2.1 s");
        (line.state, line.reason) = (State::Late, Some("its job waits".to_owned()));
        assert_eq!(line.to_string(), "canary 1f0c9a7e late 2.1 s: its job waits");
    }

    #[test]
    fn what_is_left_of_a_barred_one_is_said_wherever_it_is_told() {
        let barred = || Barred {
            error: Error::new(Exit::Permission, "cannot send").because("AccessDenied"),
            left: Some("its image stays".to_owned()),
        };
        let line = Canary::failed(&barred(), Duration::ZERO);
        assert_eq!(line.reason.as_deref(), Some("cannot send: AccessDenied; its image stays"));
        let error = barred().into_error();
        assert_eq!(error.to_string(), "cannot send\n  AccessDenied\n  its image stays");
        assert_eq!(error.exit(), Exit::Permission);
    }
}
