"""A worker of the toy search, of which the first dies once, in its first trial.

Its job: folder and settings of the search, and died, a file that tells that it has.
"""

import gc
import os
import signal
import sys
import time
from pathlib import Path

from toy import Toy

from tuning.trials import read_search
from tuning.worker import work


def search(job):
    toy = Toy(job["folder"], **job["settings"])
    build, died = toy.build, Path(job["died"])

    def mortal(values):
        # Each waits for the other's first trial, so that both have a share, however slowly one of them begins.
        if os.environ["KERASTUNER_TUNER_ID"] == "worker1":
            if not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            while not any(trial.worker == "worker2" for trial in read_search(toy.folder).trials):
                time.sleep(0.1)
        while not died.exists():
            time.sleep(0.1)
        return build(values)

    toy.build = mortal
    toy.run()


if __name__ == "__main__":
    # Keras Tuner collects garbage in every trial, over all that is imported.
    gc.freeze()
    sys.exit(work(search))
