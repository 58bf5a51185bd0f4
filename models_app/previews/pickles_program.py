"""Lists the imports of a pickle, of a torch archive or of a NumPy file; executes none of them.

A program of its own: a hostile file may cost it memory or time, and cannot cost the hub more.
"""

from __future__ import annotations

import io
import logging
import pickletools
import zipfile
from typing import IO

from picklescan.relaxed_zipfile import RelaxedZipFile
from picklescan.scanner import ScanResult, scan_bytes

from models_app.previews.asked import Asked, limit, order, say

CPU_SECONDS = 60
MEMORY_BYTES = 2_000_000_000
BLOCK = 65_536
MAX_IMPORTS = 200
MAX_NAME = 200
NUMPY = b"\x93NUMPY"
SEVERITY = {"dangerous": 0, "suspicious": 1, "innocuous": 2}


def main() -> None:
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    logging.disable(logging.CRITICAL)
    asked = order()
    file = io.BufferedReader(Asked(asked["size"]), BLOCK)
    result = scan_bytes(file, "file", f".{asked['ending']}")
    found = {(each.module[:MAX_NAME], each.name[:MAX_NAME], each.safety.value) for each in result.globals}
    say({"imports": sorted(found, key=lambda each: (SEVERITY[each[2]], each))[:MAX_IMPORTS]})
    say({"complete": is_complete(result, file)})


def is_complete(result: ScanResult, file: IO[bytes]) -> bool:
    """Whether pickles were read to their end. The library takes what it cannot parse for no pickle."""
    if result.scan_err or not result.scanned_files:
        return False
    if zipfile.is_zipfile(file):
        return all_end_well(file)
    file.seek(0)
    if result.globals or file.read(len(NUMPY)) == NUMPY:
        return True
    file.seek(0)
    return ends_well(file)


def all_end_well(file: IO[bytes]) -> bool:
    """Whether each pickle of an archive can be read."""
    with RelaxedZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".pkl")]
        return all(ends_well(archive.open(name)) for name in names)


def ends_well(file: IO[bytes]) -> bool:
    try:
        return any(opcode.name == "STOP" for opcode, _value, _at in pickletools.genops(file))
    except (ValueError, EOFError):
        return False


if __name__ == "__main__":
    main()
