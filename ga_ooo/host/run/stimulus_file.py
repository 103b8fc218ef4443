"""The stimulus log that a run keeps when a scheduling error has ended it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from ga_ooo.disk import OWN_FOLDER, Disk, write_whole
from ga_ooo.errors import SchedulingError

logger = logging.getLogger(__name__)

STIMULUS_LOG_FILE: Final = f"{OWN_FOLDER}/stimulus_log.jsonl"


def keep_stimulus_log(error: BaseException, simulation: Path, disk: Disk) -> None:
    """Write the stimulus log of an error, if it has one, and name the file in its remedy.

    The file holds names of personas and tiles, so only its owner may read it. If it cannot be
    written, the error stays as it is: it matters more than its log.

    Args:
        error: ended the run.
        simulation: the folder of the simulation.
    """
    if not isinstance(error, SchedulingError) or not error.stimulus_log:
        return
    path = simulation / STIMULUS_LOG_FILE
    try:
        disk.make_private_folder(path.parent)
        write_whole(disk, path, error.stimulus_log.encode(), private=True)
    except OSError as refused:
        logger.warning("%s cannot be written (%s)", path, refused)
    else:
        error.remedy += f"; if you report this error, attach {path}"
