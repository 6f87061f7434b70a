"""Draw the top of a report as a PNG for the README: `python docs/draw_report.py OUTPUT PICTURE.png` (needs Chromium)."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from components.base.errors import UserError
from components.base.run_folder import find_run

_WIDTH_PX, _HEIGHT_PX = 1280, 1240
_COLOURS = 128


def main() -> int:
    """Run the command."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("output", type=Path, help="output folder of run_pipeline.py, or one run")
    arguments.add_argument("picture", type=Path, help="PNG to write")
    options = arguments.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("draw_report.py: Chromium is needed (`apt-get install chromium`)", file=sys.stderr)
        return 2
    try:
        report = find_run(options.output) / "report.html"
    except UserError as error:
        print(f"draw_report.py: {error}", file=sys.stderr)
        return int(error.exit_code)
    with tempfile.TemporaryDirectory() as profile:
        shot = Path(profile) / "shot.png"
        subprocess.run(  # noqa: S603 (the browser that was found, our own page)
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--user-data-dir={profile}",
                f"--window-size={_WIDTH_PX},{_HEIGHT_PX}",
                f"--screenshot={shot}",
                report.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        with Image.open(shot) as image:
            image.convert("RGB").quantize(_COLOURS).save(options.picture, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
