"""Shares of a simulated week: what each owner got of the slots, beside what its weight gives it.

`python -m benchmarks.fair_share`. It plays the very functions that choose among waiting jobs; half of the
owners always have jobs waiting, the others come and go.
"""

from __future__ import annotations

from tests.evals_app.compute.simulation import WEEK, Owner, Week, around, shares


def main() -> None:
    print("All wait all week; 16 slots")
    busy = {
        1: Owner(1.0, around(180.0)),
        2: Owner(1.0, around(7_200.0)),
        3: Owner(2.0, around(600.0)),
        4: Owner(3.0, around(3_600.0)),
        5: Owner(5.0, around(1_200.0)),
    }
    tell(Week(busy, slots=16).play())
    print("One owner queues a thousand jobs on Monday, another one job at noon; 8 slots")
    noon = 43_200.0
    crowd = Owner(1.0, around(1_800.0), lambda _moment: len(crowd.starts) < 1_000)
    single = Owner(1.0, around(1_800.0), lambda moment: moment >= noon and not single.starts)
    Week({1: crowd, 2: single}, slots=8).play(until=WEEK)
    between = sum(1 for start in crowd.starts if noon <= start < single.starts[0])
    print(f"  it started {single.starts[0] - noon:.0f} s after it came, {between} of the thousand before it")


def tell(owners: dict[int, Owner]) -> None:
    for number, (share, due) in shares(owners).items():
        owner = owners[number]
        print(
            f"  owner {number}, weight {owner.weight:g}: {len(owner.starts)} jobs, {share:.2%} of the time"
            f" ({due:.2%} by weight, off by {abs(share - due) / due:.1%})"
        )


if __name__ == "__main__":
    main()
