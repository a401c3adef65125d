"""The process that draws: it reads a request a line and answers with a line, both JSON.

The renderer is native code, and a fault in it ends its process. So it runs in one of its own. This file is run as a
script and imports nothing of the package, so that it starts quickly.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints is no answer.
    import vl_convert

    for line in sys.stdin.buffer:
        try:
            answer = _answer(vl_convert, json.loads(line))
        except Exception as error:  # told to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _answer(vl_convert: Any, request: dict[str, Any]) -> dict[str, str]:
    if "svg" in request:
        return {"png": base64.b64encode(vl_convert.svg_to_png(request["svg"], scale=request["scale"])).decode()}
    return {"svg": vl_convert.vegalite_to_svg(request["chart"], vl_version=request["version"])}


if __name__ == "__main__":
    main()
