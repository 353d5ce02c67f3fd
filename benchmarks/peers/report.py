"""The comparison as a picture and a table: time_to_match.png, report.md and report.json.

python report.py [--every 60]
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median, stdev

from judge import picks_of, read_judged
from picture import draw
from rows import Search, read_searches
from searching import TASK
from timeline import Pairings, marks_until, medians, pair, time_to_match

from nas.architecture import parse_architecture
from nas.baselines import baselines

HERE = Path(__file__).parent
OURS = "nas"
ALIVE = 0.3
"""A training that ends below has died."""
NO_PICK = 0.0
"""What a search is worth that has nothing to hand over yet."""


@dataclass(frozen=True)
class Standing:
    """A searcher's searches together; each quality is a mean over the judge's seeds."""

    searcher: str
    searches: int
    networks: float
    """Different networks trained for at least one epoch, the median over searches."""
    epochs: float
    """Epochs trained, the median over searches."""
    finals: tuple[float, ...]
    """Quality of the last pick of each search."""
    lines: tuple[tuple[float, ...], ...]
    """Quality of each search's pick at each mark."""

    @property
    def final(self) -> float:
        """The median of the last picks."""
        return median(self.finals)


@dataclass(frozen=True)
class Match:
    """Ours against a peer."""

    peer: str
    seconds: float | None
    """When our median pick reached the median of the peer's last picks, for good; None if it did not."""
    share: float | None
    """That, as a share of the time that the peer had."""
    pairings: Pairings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=float, default=60, help="seconds between two marks (default 60)")
    parser.add_argument("--rows", type=Path, default=HERE / "rows")
    parser.add_argument("--judged", type=Path, default=HERE / "judged.csv")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    searches = read_searches(arguments.rows)
    scores = judged_scores(arguments.judged)
    quality = {network: fmean(its) for network, its in scores.items()}
    given = {search.header.seconds for search in searches}
    if len(given) != 1:
        raise SystemExit(f"The searches were given different times ({given or 'there are none'}); compare like with like.")
    marks = marks_until(given.pop(), every=arguments.every)
    standings = stand(searches, quality, every=arguments.every)
    matches = [match(standings[OURS], peer, marks) for name, peer in standings.items() if name != OURS]
    rivals = {name: quality[network.key] for name, network in baselines(TASK).items() if network.key in quality}
    text = table(list(standings.values()), {found.peer: found for found in matches}, rivals)
    last = {
        parse_architecture(pick, source="a row").key
        for search in searches
        if (pick := picks_of(search, every=arguments.every)[-1])
    }
    text += error_in_words([its for network, its in scores.items() if network in last])
    (arguments.out / "report.md").write_text(text, encoding="utf-8")
    facts = {"standings": [asdict(s) for s in standings.values()], "matches": [asdict(m) for m in matches], "rivals": rivals}
    (arguments.out / "report.json").write_text(json.dumps(facts | {"marks": marks}, indent=1) + "\n", encoding="utf-8")
    lines = {name: standing.lines for name, standing in standings.items()}
    draw(lines, marks=marks, rival=("model-2", rivals["model-2"]), path=arguments.out / "time_to_match.png")
    print(text, end="")


def judged_scores(path: Path) -> dict[str, tuple[float, ...]]:
    """The scores of each network on the judge's seeds, by its key.

    Raises:
        SystemExit: If some were trained on more seeds than others.
    """
    scores: dict[str, dict[int, float]] = {}
    for row in read_judged(path):
        scores.setdefault(row["network"], {})[int(row["seed"])] = float(row["score"])
    if len({frozenset(found) for found in scores.values()}) > 1:
        raise SystemExit("The judge is not done: some networks are trained on more seeds than others; go on with judge.py.")
    return {network: tuple(found.values()) for network, found in scores.items()}


def error_in_words(scores: Sequence[Sequence[float]]) -> str:
    """What the judge's seeds leave open of some networks' figures; a training that died is no error, and is left out."""
    spreads = [stdev(found) for found in scores if len(found) > 1 and min(found) > ALIVE]
    if not spreads:
        return ""
    seeds = len(scores[0])
    error = (fmean(spread**2 for spread in spreads) / seeds) ** 0.5
    return (
        f"\nThe figure of a last pick is a mean over {seeds} seeds, which leaves a standard error of {100 * error:.2f} points.\n"
    )


def stand(searches: Sequence[Search], quality: Mapping[str, float], *, every: float) -> dict[str, Standing]:
    """The standing of each searcher, ours first."""
    groups: dict[str, list[Search]] = {OURS: []}
    for search in searches:
        groups.setdefault(search.header.searcher, []).append(search)
    return {name: standing(name, found, quality, every=every) for name, found in groups.items()}


def standing(name: str, searches: Sequence[Search], quality: Mapping[str, float], *, every: float) -> Standing:
    """The standing of one searcher."""
    lines = [tuple(worth(pick, quality) for pick in picks_of(search, every=every)) for search in searches]
    return Standing(
        searcher=name,
        searches=len(searches),
        networks=median(len({row.network for row in search.rows if row.val_accuracy}) for search in searches),
        epochs=median(sum(len(row.val_accuracy) for row in search.rows) for search in searches),
        finals=tuple(line[-1] for line in lines),
        lines=tuple(lines),
    )


def worth(pick: str | None, quality: Mapping[str, float]) -> float:
    """The judged quality of a pick.

    Raises:
        KeyError: If it was not judged.
    """
    return NO_PICK if pick is None else quality[parse_architecture(pick, source="a row").key]


def match(ours: Standing, peer: Standing, marks: Sequence[float]) -> Match:
    """How soon ours was as good as the peer's end, and who is better at the end."""
    seconds = time_to_match(medians(ours.lines), marks=marks, goal=peer.final)
    return Match(peer.searcher, seconds, None if seconds is None else seconds / marks[-1], pair(ours.finals, peer.finals))


def table(standings: Sequence[Standing], matches: Mapping[str, Match], rivals: Mapping[str, float]) -> str:
    """The report in Markdown."""
    lines = [
        "| searcher | searches | networks | epochs | last pick: median (lowest – highest) | ours as good after | ours better |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in standings:
        found = matches.get(one.searcher)
        ends = f"{one.final:.2%} ({min(one.finals):.2%} – {max(one.finals):.2%})"
        cells = (one.searcher, one.searches, f"{one.networks:g}", f"{one.epochs:g}", ends, *matched_cells(found))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    people = ", ".join(f"{name} {value:.2%}" for name, value in rivals.items())
    return "\n".join(lines) + f"\n\nHand-designed, on the same seeds: {people}.\n"


def matched_cells(found: Match | None) -> tuple[str, str]:
    """The last two cells of a searcher's line."""
    if found is None:
        return "", ""
    pairs = f"{found.pairings.better} of {found.pairings.total}"
    equal = f", {found.pairings.equal} equal" if found.pairings.equal else ""
    when = "not in time" if found.seconds is None else f"{found.seconds / 60:.1f} min ({found.share:.0%} of its time)"
    return when, pairs + equal


if __name__ == "__main__":
    main()
