"""TRIPOD+AI, the guideline for prediction models, its items in our words."""

from components.reporter.checklist import ALL_NAMED, UNNAMED, Guideline, Item, Section

_AUTHORS = "told by the authors of the data sets"
_RUNNER = "for who runs it"
_PAPER = "for the paper that uses the model"

TRIPOD_AI = Guideline(
    "TRIPOD+AI",
    "The 27 items, in 52 parts, of the statement of 2024 (Collins et al. 2024, BMJ 385:e078378).",
    (
        Section(
            "Title",
            (
                Item(
                    "1", "Development or evaluation, population and outcome", "verdict", "the classes, in the lines above it", "population"
                ),
            ),
        ),
        Section(
            "Abstract",
            (
                Item(
                    "2", "Abstract, by a checklist of its own", "verdict", "findings, gaps, decision and checks", "setting and participants"
                ),
            ),
        ),
        Section(
            "Introduction",
            (
                Item("3a", "Health care context, reason, and earlier models", "", _PAPER),
                Item("3b", "Target population, purpose and users", "passport", "research, and by whom", "a population: none is claimed"),
                Item("3c", "Known health inequalities", "", _PAPER),
                Item(
                    "4",
                    "Objectives: development, evaluation or both",
                    "passport",
                    "intended use; both: developed on train and eval, evaluated on test",
                ),
            ),
        ),
        Section(
            "Methods",
            (
                Item(
                    "5a", "Sources of data, why these, and how far they represent", "data", "names and counts by split", "reason and reach"
                ),
                Item("5b", "Dates of collection", "", _AUTHORS),
                Item("6a", "Setting, number and place of centres", "data", "sources; one may hold several centres", "setting and places"),
                Item("6b", "Eligibility", "data", "which files were refused or skipped", "how patients were chosen"),
                Item("6c", "Treatments", "", _AUTHORS),
                Item(
                    "7",
                    "Preparation and quality checks",
                    "data",
                    "quarantine, copies and flags by source and class",
                    "by sociodemographic group",
                ),
                Item("8a", "The outcome, and how it was determined", "data", "the classes, drawn with the phantom", needs="phantom"),
                Item("8b", "Who judged the outcome", "", _AUTHORS),
                Item("8c", "Blinding of that judgement", "", _AUTHORS),
                Item("9a", "Choice of predictors", "provenance", "the image alone, unless trainer.metadata is true"),
                Item("9b", "Definition and measurement of predictors", "schema", "features and their domains", "when and how measured"),
                Item("9c", "Who judged subjective predictors", "training", "nobody: the network reads pixels"),
                Item("10", "Sample size and its reason", "data", "counts: the data at hand", "a calculation of the size"),
                Item("11", "Missing data", "schema", "missing values by feature and split", "how they were handled"),
                Item(
                    "12a",
                    "How the data were used and divided",
                    "data",
                    "train, eval and test, disjoint by patient",
                    UNNAMED,
                    unless=ALL_NAMED,
                ),
                Item("12b", "How predictors were handled", "provenance", "transform in the configuration"),
                Item(
                    "12c",
                    "Type of model, and how it was built",
                    "search",
                    "the search; then training, chosen on eval",
                    "rationale",
                    "search",
                ),
                Item("12d", "Heterogeneity across clusters", "within", "each source by itself", needs="sources"),
                Item(
                    "12e",
                    "Measures and plots of performance",
                    "calibration",
                    "calibration; discrimination under slices",
                    "clinical utility",
                ),
                Item("12f", "Updating of the model", "calibration", "one temperature, fitted on eval", needs="temperature"),
                Item("12g", "How predictions were made", "provenance", "by the exported model, in the node predictions"),
                Item(
                    "13", "Class imbalance, and recalibration after it", "training", "weights of the classes in the loss; see calibration"
                ),
                Item("14", "Fairness", "slices", "slices by sex and age", "nothing was done for fairness in training", "demographics"),
                Item(
                    "15", "Output of the model, and thresholds", "calibration", "probabilities; the largest answers, or a threshold of eval"
                ),
                Item("16", "Differences of development and evaluation data", "data", "drift between the splits", "setting and eligibility"),
                Item("17", "Ethical approval", "", _RUNNER),
            ),
        ),
        Section(
            "Open science",
            (
                Item("18a", "Funding", "", _RUNNER),
                Item("18b", "Conflicts of interest", "", _RUNNER),
                Item("18c", "Protocol", "", f"{_RUNNER}; the whole configuration of the run is under provenance"),
                Item("18d", "Registration", "", _RUNNER),
                Item("18e", "Availability of the data", "", "data sets are got from their authors"),
                Item("18f", "Availability of the code", "provenance", "digests of the code, commands to repeat", "where it can be got"),
            ),
        ),
        Section(
            "Patient and public involvement",
            (Item("19", "Involvement of patients and the public", "", _RUNNER),),
        ),
        Section(
            "Results",
            (
                Item("20a", "Flow of participants, with and without the outcome", "data", "files by fate, patients by class", "a diagram"),
                Item(
                    "20b",
                    "Characteristics, by source",
                    "schema",
                    "statistics by split; drift between sources under data",
                    "",
                    "demographics",
                ),
                Item("20c", "Evaluation data beside development data", "data", "drift between train and test, feature by feature"),
                Item("21", "Participants and outcomes in each analysis", "slices", "images and patients; classes under data"),
                Item("22", "The full model, for use by others", "verdict", "the version that was pushed", "terms of access", "pushed"),
                Item("23a", "Performance with intervals, and in subgroups", "slices"),
                Item("23b", "Heterogeneity of performance across clusters", "within", "by source", needs="sources"),
                Item("24", "Results of updating", "calibration", "before and after the temperature", needs="temperature"),
            ),
        ),
        Section(
            "Discussion",
            (
                Item(
                    "25",
                    "Interpretation, with fairness and earlier studies",
                    "verdict",
                    "what is shown and what not",
                    "fairness, other studies",
                ),
                Item("26", "Limitations", "limits"),
                Item("27a", "Poor or missing input at use", "data", "what the ingest refused, by reason", "what to do at use"),
                Item("27b", "What users must do and know", "passport", "intended and not intended use", "expertise"),
                Item("27c", "Next steps", "limits", "what is not shown is what is to be tested next"),
            ),
        ),
    ),
)
