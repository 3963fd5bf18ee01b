"""The life of an invitation: which step is legal from which state, and what each step means.

    due ─send→ sent ─accept→ accepted ─answer→ answered ─help→ helpful
                 ├─decline→ declined      (Not now)
                 ├─disclaim→ not_my_field
                 ├─stop→ stopped
                 └─expire→ expired        (no reply: never held against anyone)

A late yes is a yes: *accept* and *answer* also lead on from declined and expired. `withdraw` ends one whose
question was answered, taken back or hidden meanwhile. What is in no table cannot happen.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.errors import InputError
from bot.events import PersonId
from bot.model import CommunityId, EvidenceKind, InvitationId, InvitationRow, Occasion, Ref


class State(StrEnum):
    """Where an invitation stands."""

    DUE = "due"
    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    NOT_MY_FIELD = "not_my_field"
    STOPPED = "stopped"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    HELPFUL = "helpful"


class Step(StrEnum):
    """What can happen to an invitation."""

    SEND = "send"
    ACCEPT = "accept"
    ANSWER = "answer"
    DECLINE = "decline"
    DISCLAIM = "disclaim"
    STOP = "stop"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    HELP = "help"


_REPLIES = {Step.ACCEPT: State.ACCEPTED, Step.ANSWER: State.ANSWERED}
_REFUSALS = {Step.DECLINE: State.DECLINED, Step.DISCLAIM: State.NOT_MY_FIELD, Step.STOP: State.STOPPED}

TABLE: Mapping[State, Mapping[Step, State]] = MappingProxyType(
    {
        State.DUE: {Step.SEND: State.SENT, Step.EXPIRE: State.EXPIRED, Step.WITHDRAW: State.WITHDRAWN},
        State.SENT: {
            **_REPLIES,
            **_REFUSALS,
            Step.EXPIRE: State.EXPIRED,
            Step.WITHDRAW: State.WITHDRAWN,
        },
        State.ACCEPTED: {Step.ANSWER: State.ANSWERED, Step.HELP: State.HELPFUL, **_REFUSALS},
        State.ANSWERED: {Step.HELP: State.HELPFUL},
        State.DECLINED: {**_REPLIES, Step.DISCLAIM: State.NOT_MY_FIELD, Step.STOP: State.STOPPED},
        State.EXPIRED: {**_REPLIES, **_REFUSALS},
        State.NOT_MY_FIELD: {Step.STOP: State.STOPPED},
        State.STOPPED: {},
        State.WITHDRAWN: {},
        State.HELPFUL: {},
    }
)
"""From each state, by each legal step, to the next state."""

OPEN = frozenset({State.DUE, State.SENT, State.ACCEPTED})
"""Something may still come of it without anybody changing their mind."""


class Silence(StrEnum):
    """What a step does to the time in which a person is left alone."""

    SAME = "same"
    LONGER = "longer"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a step means beyond the invitation itself.

    `counts`: it uses up one of the person's invitations of the week. `silence`: see `fatigue.silent_until`.
    `invitations_off`: set Person.invitations to False. `closes_domain`: drop the person's offer for the
    question's domain, and weigh the evidence that led here no more (`fatigue` and `choose` see it in the state).
    `evidence`: remember this about the person. `takes_part`: say in the thread who joins, and why them.
    """

    counts: bool = False
    silence: Silence = Silence.SAME
    invitations_off: bool = False
    closes_domain: bool = False
    evidence: EvidenceKind | None = None
    takes_part: bool = False


MEANING: Mapping[Step, Meaning] = MappingProxyType(
    {
        Step.SEND: Meaning(counts=True),
        Step.ACCEPT: Meaning(silence=Silence.OVER, takes_part=True),
        Step.ANSWER: Meaning(silence=Silence.OVER, takes_part=True, evidence=EvidenceKind.ANSWER),
        Step.DECLINE: Meaning(silence=Silence.LONGER),
        Step.DISCLAIM: Meaning(closes_domain=True),
        Step.STOP: Meaning(invitations_off=True),
        Step.EXPIRE: Meaning(),
        Step.WITHDRAW: Meaning(),
        Step.HELP: Meaning(evidence=EvidenceKind.HELPFUL),
    }
)
"""A step means the same from whichever state it is taken; a refused step means nothing, except that
*Stop asking me* turns invitations off even when the invitation itself is long over."""


class IllegalStep(InputError):
    """The invitation stands where this step cannot be taken."""


class AlreadyInvited(InputError):
    """This person was asked about this question before; nobody is asked twice."""


def invitation_id(question: Ref, person: PersonId) -> InvitationId:
    """The same for the same question and person on every machine: a second one cannot even be named."""
    key = "\x1f".join((question.channel, question.id, person)).encode()
    return InvitationId(hashlib.sha256(key).hexdigest()[:32])


def draft(
    *,
    question: Ref,
    person: PersonId,
    community: CommunityId,
    due_at: datetime,
    until: datetime,
    evidence: tuple[Ref, ...] = (),
    occasion: Occasion = Occasion.QUESTION,
    already: Iterable[InvitationRow] = (),
) -> InvitationRow:
    """A new invitation, due at `due_at`. `already`: the invitations for this question so far.

    Raises AlreadyInvited when the person is among them, in whatever state.
    """
    if any(row.question == question and row.person == person for row in already):
        raise AlreadyInvited(f"{person} was already asked about {question}: choose somebody else.")
    return InvitationRow(
        id=invitation_id(question, person),
        question=question,
        person=person,
        community=community,
        state=State.DUE,
        due_at=due_at,
        until=until,
        evidence=evidence,
        occasion=occasion,
    )


def steps(row: InvitationRow) -> frozenset[Step]:
    """The steps that are legal now."""
    return frozenset(TABLE[State(row.state)])


def take(row: InvitationRow, step: Step, now: datetime) -> InvitationRow:
    """The invitation after `step`, with its times filled in. Raises IllegalStep when it is not in the table."""
    after = TABLE[State(row.state)].get(step)
    if after is None:
        raise IllegalStep(f"An invitation that is {row.state} cannot {step}; nothing was changed.")
    return _timed(replace(row, state=after), step, now)


def _timed(row: InvitationRow, step: Step, now: datetime) -> InvitationRow:
    match step:
        case Step.SEND:
            return replace(row, sent_at=now)
        case Step.ACCEPT:
            return replace(row, accepted_at=now, closed_at=None)
        case Step.ANSWER:
            return replace(row, accepted_at=row.accepted_at or now, replied_at=now, closed_at=now)
        case Step.HELP:
            return replace(row, helpful_at=now, closed_at=row.closed_at or now)
        case _:
            return replace(row, closed_at=now)
