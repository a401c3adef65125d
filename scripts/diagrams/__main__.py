"""Draws the pictures of the docs. `--check` says, without drawing, whether they are of the code as it is."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import architecture
import star_schema

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "keystone_nexus_dbt" / "target" / "manifest.json"
ERD = ROOT / "docs" / "star_schema_erd.svg"
PICTURE = ROOT / "docs" / "architecture_diagram.png"
SIGNATURE = 8
"""Bytes before a PNG's first chunk, which has 25."""


def main() -> int:
    dot = star_schema.graph(MANIFEST)
    drawn = {ERD: _digest(dot), PICTURE: _digest(Path(architecture.__file__).read_text("utf-8"))}
    if "--check" in sys.argv:
        stale = [f"{path.relative_to(ROOT)}" for path, said in drawn.items() if said.encode() not in path.read_bytes()]
        if stale:
            print(f"{', '.join(stale)}: not of the code as it is, run `make diagrams`", file=sys.stderr)
        return len(stale)
    dot_program = shutil.which("dot")
    if dot_program is None:
        print("the diagrams need graphviz (apt-get install graphviz)", file=sys.stderr)
        return 3
    svg = subprocess.run([dot_program, "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
    ERD.write_text(svg.replace("<svg ", f"<!-- {drawn[ERD]} -->\n<svg ", 1), "utf-8")
    architecture.draw(PICTURE)
    PICTURE.write_bytes(_stamped(PICTURE.read_bytes(), drawn[PICTURE]))
    return 0


def _digest(text: str) -> str:
    return "source " + hashlib.sha256(text.encode()).hexdigest()


def _stamped(png: bytes, text: str) -> bytes:
    """A PNG with a comment after its header (PNG specification, 11.3.4.3)."""
    body = b"tEXtComment\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    after_header = SIGNATURE + 25
    return png[:after_header] + chunk + png[after_header:]


if __name__ == "__main__":
    sys.exit(main())
