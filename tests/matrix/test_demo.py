"""The first thing that somebody tries."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def demo(destination: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "demo", f"DEST={destination}"],
        cwd=ROOT,
        env={**os.environ, "DEMO_ONCE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_serves_what_it_rendered(tmp_path: Path) -> None:
    shown = demo(tmp_path / "demo")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert '"sku":"TEA-S"' in shown.stdout
    assert "/health/ready" in shown.stdout


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    refused = demo(tmp_path)
    assert refused.returncode != 0
    assert f"{tmp_path} is not empty" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
