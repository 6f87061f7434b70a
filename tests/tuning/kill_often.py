"""Run a toy search in a process of its own, kill it with SIGKILL again and again at random moments, and let it end at last.

Usage: kill_often.py FOLDER SEED KILLS TRIALS. Each attempt is a child of this process, forked before TensorFlow has begun, so that
nothing is imported anew. It tells when a trial starts and when an epoch ends; after a random number of such events and a random
while, it is killed. Prints one JSON list for each attempt: the trials that it started, in order.
"""

import json
import os
import random
import signal
import sys
import time

import keras
from toy import Toy

from tuning.search import ArchitectureSearch

EVENTS_OF_A_TRIAL = 3  # its start and two epochs
LONGEST_WHILE_S = 0.15


class Teller(keras.callbacks.Callback):
    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe

    def __deepcopy__(self, memo):
        return self

    def on_epoch_end(self, epoch, logs=None):
        os.write(self.pipe, b"epoch\n")


def attempt(folder, pipe, trials):
    begin = ArchitectureSearch.on_trial_begin

    def tell(self, trial):
        os.write(pipe, f"{trial.trial_id}\n".encode())
        begin(self, trial)

    ArchitectureSearch.on_trial_begin = tell
    Toy(folder, max_trials=trials, callbacks=[Teller(pipe)]).run()


def watch(child, pipe, events, wait_s):
    """Return the trials started by the child, killed after so many events and a while, or left alone where `events` is 0."""
    started, seen = [], 0
    with os.fdopen(pipe) as lines:
        for line in lines:
            seen += 1
            if line != "epoch\n":
                started.append(line.strip())
            if seen == events:
                time.sleep(wait_s)
                os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    expected = -signal.SIGKILL if events and seen >= events else 0
    if os.waitstatus_to_exitcode(status) != expected:
        sys.exit(f"the search ended with {os.waitstatus_to_exitcode(status)}, not {expected}")
    return started


def main(folder, seed, kills, trials):
    dice = random.Random(seed)  # noqa: S311
    for number in range(kills + 1):
        # More than one trial's events: each attempt gets at least one trial done, so that none is given up for its many deaths.
        events = 0 if number == kills else dice.randint(EVENTS_OF_A_TRIAL + 1, 2 * EVENTS_OF_A_TRIAL)
        inside, outside = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(inside)
            attempt(folder, outside, trials)
            os._exit(0)
        os.close(outside)
        print(json.dumps(watch(child, inside, events, dice.uniform(0, LONGEST_WHILE_S))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
