"""The three search algorithms of Keras Tuner, with a budget, whole files and candidates that depend on the seed alone."""

import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Final

import keras_tuner
import numpy as np
from keras_tuner.engine import trial as trial_module
from sklearn.exceptions import ConvergenceWarning

from components.trainer.config import TrainerConfig
from tuning.budget import Budget
from tuning.config import TuningConfig
from tuning.space import declare, dimensions, search_seed
from tuning.trials import DIRECTION, TRIAL_FILE, objective_name, write_json

# Each costs a dictionary look-up once the architectures of a space are known.
_MAX_DRAWS: Final = 1000
_MAX_COLLISIONS: Final = 200
_ACQUISITION_DRAWS: Final = 32


def create_oracle(config: TuningConfig, trainer: TrainerConfig, seed: int, budget: Budget) -> keras_tuner.Oracle:
    """Create the oracle of the configured algorithm.

    Args:
      config: the section.
      trainer: what is trained; its architecture decides what is searched.
      seed: the seed of the run.
      budget: refuses candidates that are too large; they are drawn again and counted in `redrawn`, by its reasons.
    """
    space = keras_tuner.HyperParameters()
    declare(space, config, trainer)
    varying = sum(len(choices) > 1 for choices in dimensions(config, trainer).values())
    shared = {
        "objective": keras_tuner.Objective(objective_name(config.objective), DIRECTION),
        "hyperparameters": space,
        "seed": search_seed(seed),
    }
    oracle: Any
    if config.algorithm == "random":
        oracle = RandomOracle(max_trials=config.max_trials, **shared)
    elif config.algorithm == "bayesian":
        # Keras Tuner's own choice is 3 random trials for each dimension: a short search would never ask its model.
        first = max(2, min(3 * varying, config.max_trials // 3))
        oracle = BayesianOracle(max_trials=config.max_trials, num_initial_points=first, **shared)
    else:
        oracle = HyperbandOracle(
            max_epochs=config.epochs, factor=config.hyperband_factor, hyperband_iterations=config.hyperband_iterations, **shared
        )
        # TFX asks for that many best trials and fails, after the search, where it is None.
        oracle.max_trials = oracle.trial_count()
    oracle.budget = budget
    # Three failures in a row would end the search; here each trial fails for itself.
    oracle.max_consecutive_failed_trials = oracle.max_trials + 1
    oracle.verbose = 0
    return oracle


class _BudgetedOracle(keras_tuner.Oracle):
    """What the three share; a mix-in, to be named before the algorithm."""

    budget: Budget
    trials: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        self.redrawn: Counter[str] = Counter()
        super().__init__(**kwargs)
        self._max_collisions = _MAX_COLLISIONS

    def _random_values(self) -> dict[str, Any] | None:
        for _ in range(_MAX_DRAWS):
            values: dict[str, Any] | None = super()._random_values()
            reason = None if values is None else self.budget.refusal(values)
            if reason is None:
                return values
            self.redrawn[reason] += 1
        return None

    @keras_tuner.synchronized
    def create_trial(self, tuner_id: str) -> trial_module.Trial:
        """Hand out a trial, an interrupted one first."""
        trial: trial_module.Trial = super().create_trial(tuner_id)
        # Keras Tuner would keep what an attempt reported before it was cut off, and ignore the next one.
        trial.metrics = type(trial.metrics)()
        return trial

    @keras_tuner.synchronized
    def give_up(self, trial_id: str, reason: str) -> None:
        """End a trial as failed whose worker has died."""
        if all(trial.trial_id != trial_id for trial in self.ongoing_trials.values()):
            # Its worker had reported the end just before.
            return
        trial = self.trials[trial_id]
        trial.status, trial.message = trial_module.TrialStatus.FAILED, reason
        self.end_trial(trial)

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "redrawn": dict(self.redrawn)}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self.redrawn = Counter(state["redrawn"])

    def reload(self) -> None:
        super().reload()
        # Files are found in any order, and the model of the bayesian search depends on theirs.
        self.trials = {trial_id: self.trials[trial_id] for trial_id in self.start_order}

    def save(self) -> None:
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def _save_trial(self, trial: trial_module.Trial) -> None:
        write_json(Path(self._get_trial_dir(trial.trial_id)) / TRIAL_FILE, trial.get_state())


class RandomOracle(_BudgetedOracle, keras_tuner.oracles.RandomSearchOracle):
    """Random search (Bergstra and Bengio 2012, JMLR 13:281)."""


class HyperbandOracle(_BudgetedOracle, keras_tuner.oracles.HyperbandOracle):
    """Hyperband (Li et al. 2018, JMLR 18:185)."""

    def trial_count(self) -> int:
        """Return the number of trials of the whole search, every round of every bracket counted."""
        brackets = range(self._get_num_brackets())
        sizes: list[int] = [self._get_size(bracket, number) for bracket in brackets for number in range(self._get_num_rounds(bracket))]
        return int(self.hyperband_iterations) * sum(sizes)


class BayesianOracle(_BudgetedOracle, keras_tuner.oracles.BayesianOptimizationOracle):
    """Gaussian process and upper confidence bound (Srinivas et al. 2010, arXiv:0912.3995)."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Draw the next candidate; one that was tried or is over the budget gives way to the best of some random ones."""
        # The generator's state is not kept in the folder: seeded so, a resumed search goes on as it would have.
        self._random_state = np.random.RandomState((self.seed + len(self.trials)) % 2**32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            response: dict[str, Any] = super().populate_space(trial_id)
            values = response.get("values")
            if values is None:
                return response
            if not self._duplicate(values):
                reason = self.budget.refusal(values)
                if reason is None:
                    return response
                self.redrawn[reason] += 1
            return self._best_drawn()

    def _best_drawn(self) -> dict[str, Any]:
        """Return the best of some random candidates within the budget, by the same acquisition function."""
        best, best_bound = None, float("inf")
        for _ in range(_ACQUISITION_DRAWS):
            values = self._random_values()
            if values is None:
                break
            vector = np.array([[hp.value_to_prob(values[hp.name]) for hp in self._nonfixed_space()]])
            mean, deviation = self.gpr.predict(vector, return_std=True)
            bound = float(mean[0] - self.beta * deviation[0])
            if bound < best_bound:
                best, best_bound = values, bound
        status = trial_module.TrialStatus
        return {"status": status.STOPPED if best is None else status.RUNNING, "values": best}
