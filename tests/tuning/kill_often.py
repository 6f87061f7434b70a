"""Run a toy search in a process of its own, end it with SIGKILL again and again at random moments, and let it end at last.

Usage: kill_often.py FOLDER SEED KILLS TRIALS. Each attempt is a child of this process, forked before TensorFlow has begun, so that
nothing is imported anew. It tells when a trial starts and when an epoch ends. Every second one is killed after a random number of
such events and a random while; the others kill themselves right before or after they put a file in its place, by random count.
Prints for each attempt one JSON list of two: the trials that it started, in order, and those whose trial.json then said COMPLETED.
"""

import gc
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import keras
from toy import Toy

from tuning.search import ArchitectureSearch
from tuning.trials import read_search

EVENTS_OF_A_TRIAL = 3  # its start and two epochs
LONGEST_WHILE_S = 0.15
WRITES_OF_A_TRIAL = 16  # at most, what repairs the folder included


class Teller(keras.callbacks.Callback):
    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe

    def __deepcopy__(self, memo):
        return self

    def on_epoch_end(self, epoch, logs=None):
        os.write(self.pipe, b"epoch\n")


def attempt(folder, pipe, trials, writes):
    begin, replace = ArchitectureSearch.on_trial_begin, Path.replace
    left = [writes]

    def tell(self, trial):
        os.write(pipe, f"{trial.trial_id}\n".encode())
        begin(self, trial)

    def replace_or_die(self, target):
        left[0] -= 1
        if left[0] == 0 and writes % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        result = replace(self, target)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    ArchitectureSearch.on_trial_begin, Path.replace = tell, replace_or_die
    Toy(folder, max_trials=trials, callbacks=[Teller(pipe)]).run()


def watch(child, pipe, events, wait_s):
    """Return the trials started by the child and its exit code; it is killed after so many events and a while, unless `events` is 0."""
    started, seen = [], 0
    with os.fdopen(pipe) as lines:
        for line in lines:
            seen += 1
            if line != "epoch\n":
                started.append(line.strip())
            if seen == events:
                time.sleep(wait_s)
                os.kill(child, signal.SIGKILL)
    return started, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder, seed, kills, trials):
    dice = random.Random(seed)  # noqa: S311
    for number in range(kills + 1):
        # More than one trial takes: each attempt gets at least one trial done, so that none is given up for its many deaths.
        events = dice.randint(EVENTS_OF_A_TRIAL + 1, 2 * EVENTS_OF_A_TRIAL) if number % 2 and number < kills else 0
        writes = dice.randint(WRITES_OF_A_TRIAL + 1, 2 * WRITES_OF_A_TRIAL) if number % 2 == 0 and number < kills else 0
        inside, outside = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(inside)
            attempt(folder, outside, trials, writes)
            os._exit(0)
        os.close(outside)
        started, code = watch(child, inside, events, dice.uniform(0, LONGEST_WHILE_S))
        expected = 0 if number == kills else -signal.SIGKILL
        if code != expected:
            sys.exit(f"attempt {number} ended with {code}, not {expected}")
        completed = [trial.trial_id for trial in read_search(Path(folder)).trials if trial.status == "completed"]
        print(json.dumps([started, completed]), flush=True)


if __name__ == "__main__":
    # Keras Tuner collects garbage in every trial, over all that is imported.
    gc.freeze()
    main(sys.argv[1], *map(int, sys.argv[2:]))
