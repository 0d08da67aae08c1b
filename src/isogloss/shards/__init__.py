"""Work in parts that survive: encoding and mining of more than one process, or one day, does.

A job is a list of parts, each with a fingerprint of all that decides its result, and one picklable
function from a part to bytes. A part is done once its file and, after it, its marker with the hash
are on the disk; a job that is started again, after `kill -9` too, does the others. Who does them is
an engine's business (this process, several, a Ray cluster), and of no influence on the bytes.
"""

from isogloss.shards.engines import ENGINES, Engine, Here, Processes, open_engine
from isogloss.shards.folder import locked
from isogloss.shards.on_ray import OnRay
from isogloss.shards.part import Finished, Part, Work
from isogloss.shards.run import run_parts

__all__ = [
    "ENGINES",
    "Engine",
    "Finished",
    "Here",
    "OnRay",
    "Part",
    "Processes",
    "Work",
    "locked",
    "open_engine",
    "run_parts",
]
