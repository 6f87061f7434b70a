"""CLAIM, the checklist for artificial intelligence in medical imaging, its items in our words."""

from components.reporter.checklist import ALL_NAMED, UNNAMED, Guideline, Item, Section

_AUTHORS = "told by the authors of the data sets, not by their files"

CLAIM = Guideline(
    "CLAIM",
    "The 44 items of the 2024 update, by its numbers (Tejani et al. 2024, Radiology: Artificial Intelligence 6(4):e240300), which replaces "
    "the 42 of 2020 (Mongan, Moy and Kahn, 2(2):e200029).",
    (
        Section(
            "Title and abstract",
            (
                Item(
                    "1",
                    "Named as AI, with the kind of method",
                    "training",
                    "network; the heading says classifier",
                    "the method in the heading",
                ),
                Item("2", "Structured summary", "verdict", "findings, gaps, decision and checks", "design, population and statistics"),
            ),
        ),
        Section(
            "Introduction",
            (
                Item(
                    "3", "Background, present practice, intended use and role", "passport", "intended use", "background and clinical role"
                ),
                Item("4", "Aims, objectives and hypotheses", "verdict", "checks of the gate, set before the run", "hypotheses of a study"),
            ),
        ),
        Section(
            "Methods: study design",
            (
                Item("5", "Prospective or retrospective", "", "to be told by who runs it: the pipeline reads images that exist already"),
                Item("6", "Goal, task and target", "passport", "classes told apart, for research on methods"),
            ),
        ),
        Section(
            "Methods: data",
            (
                Item("7", "Sources of the data", "data", "their names and counts", "links, and how far they match an intended population"),
                Item(
                    "8", "Eligibility, setting, dates and sampling", "data", "which files were refused, and why", "how patients were chosen"
                ),
                Item("9", "Preprocessing", "provenance", "transform in the configuration; augmentation has a section"),
                Item("10", "Choice of subsets of the data", "data", "what was skipped, by reason"),
                Item("11", "De-identification", "passport", "pseudonyms in all outputs", "how the sources were de-identified"),
                Item("12", "Missing data", "schema", "missing values by feature and split", "biases that follow from them"),
                Item("13", "How the images were acquired", "", f"{_AUTHORS}; view, size, mode and format are features"),
            ),
        ),
        Section(
            "Methods: reference standard",
            (
                Item("14", "Definition of the reference standard", "data", "drawn with the phantom: the class is known", needs="phantom"),
                Item("15", "Why this one, and its errors", "data", "the phantom's truth has no error", needs="phantom"),
                Item("16", "Who annotated, and how they were prepared", "", _AUTHORS),
                Item("17", "How the test set was annotated, and with what", "", _AUTHORS),
                Item("18", "Agreement between annotators and within", "", _AUTHORS),
            ),
        ),
        Section(
            "Methods: data partitions",
            (
                Item("19", "How data were assigned to partitions", "data", "counts and drift; shares and seed in the configuration"),
                Item(
                    "20",
                    "Level at which partitions are disjoint",
                    "data",
                    "by group: a patient, or images found to be copies",
                    UNNAMED,
                    unless=ALL_NAMED,
                ),
            ),
        ),
        Section(
            "Methods: testing data",
            (
                Item(
                    "21",
                    "Intended size of the test set, and its reason",
                    "verdict",
                    "the fewest test images that the gate asks for",
                    "a calculation of the size",
                    needs="least_images",
                ),
            ),
        ),
        Section(
            "Methods: model",
            (
                Item(
                    "22",
                    "The model, so that it can be built anew",
                    "training",
                    "network and hyperparameters",
                    "layers: in code and saved model",
                ),
                Item("23", "Software and hardware", "provenance", "versions", "hardware"),
                Item("24", "Initial parameters", "training", "random, ImageNet or another model's weights; seeds under provenance"),
            ),
        ),
        Section(
            "Methods: training",
            (
                Item("25", "Training, with augmentation and hyperparameters", "training", "each epoch; augmentation has a section"),
                Item("26", "How the final model was chosen", "search", "ranked on eval; the test split took no part", needs="search"),
                Item("27", "Ensembles", "training", "none: one network"),
            ),
        ),
        Section(
            "Methods: evaluation",
            (
                Item("28", "Metrics of performance", "slices", "within sources first", "comparison with published models"),
                Item(
                    "29", "Uncertainty and significance", "slices", "95 % intervals by drawing patients anew; floors are compared in pairs"
                ),
                Item("30", "Robustness or sensitivity", "audit", "floors without the lungs, and the border masked"),
                Item(
                    "31", "Explanations, and how they were checked", "concepts", "heat maps and concepts beside controls", needs="concepts"
                ),
                Item("32", "Evaluation on internal data", "confusion", "test beside eval; train in the curves of training"),
                Item("33", "Testing on external data", "limits", "test sources that were not trained on", needs="external"),
                Item("34", "Registration of a clinical trial", "", "for who runs one"),
            ),
        ),
        Section(
            "Results: data",
            (
                Item("35", "Cases included and excluded", "data", "listed, written, quarantined, skipped, absent", "a flow diagram"),
                Item("36", "Characteristics of the cases by partition", "schema", "sex and age by split", "clinical ones", "demographics"),
            ),
        ),
        Section(
            "Results: model performance",
            (
                Item("37", "Performance by partition and subgroup", "slices", "test, by slice; eval under the confusion matrix"),
                Item("38", "Accuracy with its precision, against the reference standard", "slices", "intervals, or why there are none"),
                Item(
                    "39",
                    "Failure analysis",
                    "confusion",
                    "which class for which; the explained images hold wrong answers where there are any",
                ),
            ),
        ),
        Section(
            "Discussion",
            (
                Item("40", "Limitations", "limits"),
                Item("41", "Implications for practice, and intended use", "passport", "none for practice: for research alone"),
            ),
        ),
        Section(
            "Other information",
            (
                Item("42", "Where protocol and technical details are", "provenance", "the whole configuration", "a protocol of a study"),
                Item("43", "Availability of software, model and data", "provenance", "commands to repeat", "terms of access"),
                Item("44", "Funding, and the role of funders", "", "for who runs it"),
            ),
        ),
    ),
)
