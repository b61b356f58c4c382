"""Time gd-montage beside ImageMagick's montage and libvips, on one core, with images that this script makes.

    python -m bench.montage PROGRAM [--rounds N] [--images N]

PROGRAM is `cargo build -p gd-montage --example montage`. Every contender makes the same thing, a row of thumbnails of
400 pixels as one JPEG, from the same files of 12 megapixels, in one process for all files (libvips: one for the
thumbnails, uncompressed, and one for the row). The contenders take turns, so that what else the machine does meets all
of them; what is told is the median of the wall time with its least and most, and the median of the processor's time.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORE = max(os.sched_getaffinity(0))
ENVIRONMENT = {**os.environ, "VIPS_CONCURRENCY": "1", "MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
PACKAGES = {
    "montage": "imagemagick",
    "vips": "libvips-tools",
    "vipsthumbnail": "libvips-tools",
    "taskset": "util-linux",
}
GOALS = {"ImageMagick montage": 6.0, "libvips": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time gd-montage beside ImageMagick and libvips.")
    parser.add_argument("program", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=4)
    options = parser.parse_args()
    install_missing()
    print(f"machine   {processor()}, one core of {os.cpu_count()} (number {CORE})")
    print(f"versions  {first_line('montage', '-version')}; {first_line('vips', '--version')}")
    print(f"task      a row of {options.images} thumbnails of 400 pixels, {options.rounds} rounds in turn")
    with tempfile.TemporaryDirectory(prefix="bench-montage-") as directory:
        place = Path(directory)
        files = make_images(place, options.images)
        for kind, paths in files.items():
            size = sum(path.stat().st_size for path in paths) / len(paths) / 1e6
            print(f"\n{kind} of 4000 x 3000 pixels, {size:.1f} MB each")
            compare(contenders(options.program.resolve(), place, paths, kind), options.rounds)


def contenders(program: Path, place: Path, paths: list[Path], kind: str) -> dict[str, list[str]]:
    names = [str(path) for path in paths]
    look = ["-thumbnail", "400x400", "-bordercolor", "white", "-border", "10", "-background", "#202020"]
    row = [*look, "-tile", "x1", "-geometry", "+2+2", "-quality", "85"]
    thumbnails = " ".join(f"{place}/thumbnail_{path.stem}.v" for path in paths)
    vips = (
        f"vipsthumbnail {' '.join(names)} --size 400x400 -o {place}/thumbnail_%s.v && "
        f"vips arrayjoin '{thumbnails}' '{place}/vips.jpg[Q=85]' --shim 20 --background 255"
    )
    result = {
        "gd-montage": [str(program), f"{place}/own.jpg", *names],
        "ImageMagick montage": ["montage", *names, *row, f"{place}/magick.jpg"],
    }
    if kind == "JPEG":
        # Told beforehand how small the result will be, it scales in the DCT too.
        hint = ["-define", "jpeg:size=800x800"]
        result["ImageMagick, told the size"] = ["montage", *hint, *names, *row, f"{place}/hint.jpg"]
    result["libvips"] = ["sh", "-c", vips]
    return result


def compare(lines: dict[str, list[str]], rounds: int) -> None:
    walls: dict[str, list[float]] = {name: [] for name in lines}
    works: dict[str, list[float]] = {name: [] for name in lines}
    for turn in range(rounds + 1):
        for name, line in lines.items():
            wall, work = measure(line)
            # The first turn fills the page cache.
            if turn > 0:
                walls[name].append(wall)
                works[name].append(work)
    own_wall, own_work = statistics.median(walls["gd-montage"]), statistics.median(works["gd-montage"])
    print(f"  {'':28}{'wall: median (least … most)':>32}{'ratio':>8}{'CPU':>10}{'ratio':>8}  goal")
    for name in lines:
        wall, work = statistics.median(walls[name]), statistics.median(works[name])
        spread = f"{wall:.3f} s ({min(walls[name]):.3f} … {max(walls[name]):.3f})"
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"{goal:g} {'met' if work / own_work >= goal else 'MISSED'}"
        print(f"  {name:28}{spread:>32}{wall / own_wall:>8.2f}{work:>8.3f} s{work / own_work:>8.2f}  {verdict}")


def measure(line: list[str]) -> tuple[float, float]:
    """The wall and the processor's time of a command and its children, on one core."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ended = subprocess.run(["taskset", "--cpu-list", str(CORE), *line], env=ENVIRONMENT, capture_output=True, text=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        sys.exit(f"bench: {line[0]} ended with {ended.returncode}: {ended.stderr}")
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, work


def make_images(place: Path, count: int) -> dict[str, list[Path]]:
    """Photographs, more or less: soft shapes and noise in every pixel; and drawings: flat shapes with sharp edges."""
    files: dict[str, list[Path]] = {"JPEG": [], "PNG, a photograph,": [], "PNG, a drawing,": []}
    for number in range(count):
        jpeg, png, drawing = (place / f"{number}{name}" for name in (".jpg", "p.png", "d.png"))
        noise = ["-attenuate", "0.25", "+noise", "Gaussian", "-depth", "8"]
        shape = ["-seed", str(number + 1), "-size", "4000x3000", "plasma:fractal"]
        run("convert", *shape, *noise, "-sampling-factor", "2x2", "-quality", "90", str(jpeg))
        run("convert", str(jpeg), str(png))
        files["JPEG"].append(jpeg)
        files["PNG, a photograph,"].append(png)
        chance = random.Random(number)
        shapes = []
        for _ in range(400):
            x, y, size = chance.randrange(4000), chance.randrange(3000), chance.randrange(20, 400)
            colour = f"rgb({chance.randrange(256)},{chance.randrange(256)},{chance.randrange(256)})"
            shapes.append(f"fill {colour} circle {x},{y} {x + size},{y}")
        run("convert", "-size", "4000x3000", "xc:white", "-draw", " ".join(shapes), f"PNG24:{drawing}")
        files["PNG, a drawing,"].append(drawing)
    return files


def install_missing() -> None:
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if missing:
        print(f"bench: installing {' '.join(missing)}", file=sys.stderr)
        root = [] if os.geteuid() == 0 else ["sudo"]
        run(*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def run(*line: str) -> None:
    subprocess.run(
        line, check=True, stdout=subprocess.DEVNULL, env={**ENVIRONMENT, "DEBIAN_FRONTEND": "noninteractive"}
    )


def first_line(*line: str) -> str:
    text = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return text.removeprefix("Version: ").split(" https")[0]


def processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].split(": ", 1)[1] if names else platform.machine()


if __name__ == "__main__":
    main()
