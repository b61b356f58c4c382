//! A montage of files, for the benchmark: `montage [--polaroids] OUT.jpg FILE...`.
//!
//! One thread, so that what is measured is the work of one core.

use std::process::ExitCode;

use gd_montage::{Header, Picture, THUMBNAIL, polaroids, row};

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    let classic = arguments.first().is_some_and(|first| first == "--polaroids");
    arguments.drain(..usize::from(classic));
    let Some((out, files)) = arguments.split_first().filter(|(_, files)| !files.is_empty()) else {
        eprintln!("usage: montage [--polaroids] OUT.jpg FILE...");
        return ExitCode::from(2);
    };
    let thumbnails: Result<Vec<_>, _> = files.iter().map(|file| thumbnail(file)).collect();
    let made = thumbnails.and_then(|thumbnails| {
        let montage = if classic { polaroids(thumbnails, 0) } else { row(thumbnails) };
        let jpeg = montage.to_jpeg().map_err(|refusal| refusal.to_string())?;
        std::fs::write(out, jpeg).map_err(|error| format!("{out}: {error}"))
    });
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("montage: {why}");
            ExitCode::FAILURE
        }
    }
}

fn thumbnail(file: &str) -> Result<Picture, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let thumbnail = Header::read(&bytes).and_then(|header| header.thumbnail(&bytes, THUMBNAIL));
    thumbnail.map_err(|refusal| format!("{file}: {refusal}"))
}
