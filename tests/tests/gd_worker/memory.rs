//! The bound on memory.

use std::time::Duration;

use crate::stage::Stage;

/// Runs a command and says on stderr what it took at most, in KiB (getrusage(2)).
const MEASURE: &str = "import resource, subprocess, sys\n\
    status = subprocess.call(sys.argv[1:])\n\
    print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n\
    sys.exit(status)";

#[test]
fn a_flood_of_large_bodies_and_images_stays_within_the_bound() {
    let stage = Stage::new();
    // Without a bound: 64 bodies of 16 MiB that say no length, a gigabyte.
    stage.send((0..4).map(|job| {
        let endless: Vec<_> = (0..16).map(|n| format!("endless?{job}-{n}")).collect();
        let mut paths: Vec<_> = endless.iter().map(String::as_str).collect();
        paths.extend(["large/progressive.jpg", "large/interlaced.png", "large/lossy.webp"]);
        stage.site.job(&paths)
    }));
    let script = "exec python -c \"$0\" gd-worker \"$@\"";
    let tool = stage.lab.program("/bin/sh").args(["-c", script, MEASURE]);
    let limits = ["--memory", "320", "--max-images", "20", "--max-bytes", "16777216"];
    let ran = stage
        .named(tool)
        .args(limits)
        .args(["--jobs", "4", "--max-jobs", "4"])
        .patience(Duration::from_secs(100))
        .run()
        .exits(0);
    let said = ran.stderr_raw();
    let peak = said.lines().find_map(|line| line.strip_prefix("peak ")?.parse::<u64>().ok());
    let peak = peak.expect("it was measured");
    assert!(peak < (320 + 40) << 10, "{peak} KiB");
    for line in said.lines().filter(|line| line.starts_with("job ")) {
        assert!(line.contains(": 3 images in "), "{line}");
    }
}
