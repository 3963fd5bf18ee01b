"""What became of invitations, what outsiders brought, and whether the asking was fair.

Whether somebody declined, or searched, nobody in the channel could see. Such private facts are counted over
twelve weeks that move in steps of four (`stepped_weeks`): two reports in a row rest on the same weeks or
differ by at least K people, so subtracting one from the other shows nobody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.material import AnswerRecord, InvitationRecord, QuestionRecord
from bot.reports.suppression import Cell, K, share, too_few
from bot.reports.week import Week, last_weeks

STEPS = ("invited", "accepted", "replied", "helpful")
BLOCK = 4


def stepped_weeks(week: Week) -> tuple[Week, ...]:
    """The twelve weeks up to the last border of a block of four at or before the end of `week`, oldest
    first."""
    return last_weeks(week.back((week.ordinal + 1) % BLOCK), 3 * BLOCK)


def people_are_new_enough(who: Iterable[tuple[str, datetime]], weeks: Sequence[Week]) -> bool:
    """Whether the newest block of `weeks` brought at least K people, so that a step shows none of them; when
    there is nobody in any of the weeks there is nothing to show. who: person and moment of each fact in the
    weeks."""
    known = list(who)
    return not known or len({person for person, at in known if at >= weeks[-BLOCK].start}) >= K


def funnel(invitations: Sequence[InvitationRecord], until: datetime) -> dict[str, Cell]:
    """Ander funnel: invitations sent → accepted → replied → helpful, each with the number of people behind
    it.

    A later step implies the earlier ones (who answers on the spot accepted). Steps after `until` are not
    counted. Source: "dialogue between inside and outside perspectives", Wenger, McDermott & Snyder,
    Cultivating Communities of Practice (2002).
    """
    reached = [(invitation.person, _depth(invitation, until)) for invitation in invitations]
    return {
        name: Cell(
            sum(depth >= step for _, depth in reached),
            len({person for person, depth in reached if depth >= step}),
        )
        for step, name in enumerate(STEPS)
    }


def _depth(invitation: InvitationRecord, until: datetime) -> int:
    moments = (invitation.sent_at, invitation.accepted_at, invitation.replied_at, invitation.helpful_at)
    return max((step for step, at in enumerate(moments) if at is not None and at < until), default=0)


def publish_funnel(invitations: Sequence[InvitationRecord], until: datetime) -> dict[str, int | None]:
    """The funnel as it may be shown; None is masked.

    Who came to one step and not to the next is found by subtracting, so a step is shown only when between it
    and the last one shown, and from it on, nobody or at least K people stopped.
    """
    reached = [(invitation.person, _depth(invitation, until)) for invitation in invitations]
    if too_few(len({person for person, _ in reached})):
        return dict.fromkeys(STEPS)
    shown: dict[str, int | None] = {STEPS[0]: len(reached)}
    last = 0
    for step, name in enumerate(STEPS[1:], start=1):
        stopped = {person for person, depth in reached if last <= depth < step}
        went_on = [person for person, depth in reached if depth >= step]
        safe = not too_few(len(stopped)) and not too_few(len(set(went_on)))
        shown[name] = len(went_on) if safe else None
        last = step if safe else last
    return shown


def gini(counts: Sequence[int]) -> float | None:
    """Gini coefficient of the invitations per person: 0 when all got as many, towards 1 when one got them
    all.

    G = Σᵢ (2i - n - 1) xᵢ ÷ (n Σ xᵢ), xᵢ ascending, i = 1…n. None when there is nobody or nothing.
    Source: Gini, Variabilità e mutabilità (1912); as a measure of fair asking it is ours.
    """
    n, total = len(counts), sum(counts)
    if not total:
        return None
    ordered = enumerate(sorted(counts), start=1)
    return sum((2 * i - n - 1) * x for i, x in ordered) / (n * total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How evenly invitations are spread over those who could be invited; None is masked or nothing to say."""

    gini: float | None
    most: int | None
    opted_out: int | None


def fairness(invitations: Sequence[InvitationRecord], invitable: Iterable[str], until: datetime) -> Fairness:
    """Gini of invitations, the most one person got, and opt-outs after a prompt (people).

    invitable: everybody who could have been invited; those who were are added. Source: ours.
    """
    got = Counter(i.person for i in invitations)
    if len(got) < K:
        return Fairness(gini=None, most=None, opted_out=None)
    pool = set(invitable) | set(got)
    out = {i.person for i in invitations if i.opted_out_at is not None and i.opted_out_at < until}
    hidden = too_few(len(out)) or too_few(len(got) - len(out))
    return Fairness(
        gini=gini([got[person] for person in sorted(pool)]),
        most=max(got.values()),
        opted_out=None if hidden else len(out),
    )


def answers_between(
    questions: Iterable[QuestionRecord], start: datetime, end: datetime
) -> tuple[tuple[QuestionRecord, AnswerRecord], ...]:
    """Every answer given from `start` up to `end`, with its question."""
    return tuple((q, a) for q in questions for a in q.answers if start <= a.at < end)


def outsider_share(answers: Iterable[AnswerRecord]) -> float | None:
    """Share of answers by outsiders: answers by people whose home is another group ÷ answers. Masked when
    either side has fewer than K people behind it. Source: as the funnel."""
    known = list(answers)
    outside, inside = [a for a in known if a.outsider], [a for a in known if not a.outsider]
    return share(_cell(outside), _cell(inside))


def _cell(answers: Sequence[AnswerRecord]) -> Cell:
    return Cell(len(answers), len({a.person for a in answers}))


def first_pairs(answers: Iterable[tuple[QuestionRecord, AnswerRecord]]) -> Cell:
    """First-ever pairs: asker and outsider who had never replied to each other before; behind it: everybody
    in them."""
    pairs = {(q.person, a.person) for q, a in answers if a.outsider and a.first_pair}
    return Cell(len(pairs), len({person for pair in pairs for person in pair}))
