from tuning.budget import Budget, Limit

CANDIDATE = {"stages": 2, "width": 10, "dropout": 0.1, "learning_rate": 0.1, "optimizer": "adam", "tuner/epochs": 2}


def limits(asked=None):
    def weights(values):
        if asked is not None:
            asked.append(values)
        return values["width"] * 100

    return {
        "max_parameters": Limit(1000, "weights", weights),
        "max_flops": Limit(5000, "operations", lambda values: values["width"] * values["stages"] * 250),
    }


def test_counts_each_architecture_once_whatever_its_training():
    asked = []
    budget = Budget(limits(asked))
    assert budget.refusal(CANDIDATE) is None
    assert budget.refusal({**CANDIDATE, "dropout": 0.5, "learning_rate": 0.2, "optimizer": "sgd", "tuner/epochs": 4}) is None
    assert asked == [{"stages": 2, "width": 10}]


def test_names_the_limit_that_a_candidate_exceeds():
    budget = Budget(limits())
    assert budget.refusal({**CANDIDATE, "width": 11}) == "max_parameters"
    assert budget.refusal({**CANDIDATE, "stages": 3}) == "max_flops"
    assert budget.refusal({**CANDIDATE, "width": 30}) == "max_parameters"
    assert budget.why_none() == (
        "no candidate has at most tuning.max_parameters=1,000 weights (the smallest drawn has 1,100) and "
        "tuning.max_flops=5,000 operations (the smallest drawn has 7,500)"
    )


def test_without_limits_everything_is_admitted():
    assert Budget({}).refusal(CANDIDATE) is None
