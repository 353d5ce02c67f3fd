"""What a report says beside a verdict: statistics that decide nothing, and how the order holds with longer training."""

from collections.abc import Sequence

from nas.evaluation.judging import Judged
from nas.evaluation.report.page import Section, Table, Text
from nas.evaluation.report.wording import NONE, correlation, counted, mean, percent, probability
from nas.evaluation.verdict_plan import VerdictPlan


def details_sections(judged: Judged) -> tuple[Section, ...]:
    """Statistics that decide nothing, and how the order holds with longer training where that was asked."""
    parts = [Section("Details, which decide nothing", (_details(judged), _over_seeds(judged)))]
    if judged.verdict.robustness:
        parts.append(_robustness(judged.plan, judged))
    return tuple(parts)


def _details(judged: Judged) -> Table:
    found, comparisons = judged.verdict.details, judged.verdict.comparisons
    name = judged.plan.network

    def row(name: str, values: Sequence[str], meaning: str, source: str) -> tuple[str, ...]:
        return (name, *values, meaning, source)

    return Table(
        ("statistic", *(f"against {one.comparator}" for one in found), "what it says", "source"),
        (
            row(
                "standard error from seeds (points)",
                [f"{one.seed_error:.3f}" for one in comparisons],
                "how much the difference varies with the seeds of the trainings",
                "Welch, Biometrika 34 (1947)",
            ),
            row(
                "standard error from images (points)",
                [f"{one.image_error:.3f}" for one in comparisons],
                "how much it varies with which images were tested",
                "Owen, Annals of Applied Statistics 1 (2007)",
            ),
            row(
                "permutation test, p",
                [probability(one.permutation_p) for one in found],
                "probability of a difference at least as large, had chance dealt the trainings to the networks",
                "Pitman, Suppl. J. Royal Statistical Society 4 (1937)",
            ),
            row(
                "superiority",
                [probability(one.superiority) for one in found],
                f"probability that one training of {name} is more accurate than one of the other, ties counted half",
                "Vargha and Delaney, J. Educational and Behavioral Statistics 25 (2000)",
            ),
            row(
                "images that only one gets right",
                [f"{one.only_network_correct:,} : {one.only_comparator_correct:,}" for one in found],
                f"test images that only the released training of {name}, and only the other's, classifies correctly",
                NONE,
            ),
            row(
                "McNemar's exact test, p",
                [probability(one.mcnemar_p) for one in found],
                "probability of two such counts at least as different, were both released trainings equally accurate",
                "McNemar, Psychometrika 12 (1947)",
            ),
        ),
        words=("what it says", "source"),
    )


def _over_seeds(judged: Judged) -> Text:
    standings = judged.verdict.standings
    spread = ", ".join(f"{one.name}: {100 * one.test_sd:.2f} points" for one in standings)
    together = ", ".join(f"{one.name}: {correlation(one.seed_correlation)}" for one in standings)
    return Text(
        f"Standard deviation of test accuracy over seeds ({spread}). Correlation of validation with test accuracy over seeds"
        f" ({together}). A released training is the one of a network's confirmation seeds that has the median validation"
        " accuracy."
    )


def _robustness(plan: VerdictPlan, judged: Judged) -> Section:
    robustness = judged.verdict.robustness
    assert robustness is not None
    told = ", ".join(f"against {name}: {holds}" for name, holds in robustness.holds.items())
    columns = ("network", "as planned (%)", "twice the epochs (%)")
    rows = tuple(
        (one.name, percent(judged.verdict.standing(one.name).score), percent(mean(robustness.scores[one.name])))
        for one in plan.judged
    )
    return Section(
        "Robustness: twice the epochs",
        (
            Text(
                f"Trained for twice the epochs ({plan.network} for {robustness.epochs}) with"
                f" {counted(len(robustness.seeds), 'seed')} a network, by {plan.kind}validation only, the order holds {told}."
            ),
            Table(columns, rows),
        ),
    )
