"""Whom to ask: gathers from the record what `bot.anders` needs to choose, and words the reasons."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from bot.anders.choose import Asked, Candidate, Choice, Ranked, choose
from bot.anders.distance import Footprint, Group
from bot.anders.evidence import Evidence, EvidenceIndex
from bot.anders.explain import Described, explain, reason
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, PersonId
from bot.model import (
    Channel,
    CommunityId,
    DomainKey,
    EvidenceRow,
    InvitationRow,
    Item,
    Part,
    Person,
    Ref,
    Vector,
)
from bot.permission import may_be_told
from bot.ports import Transaction

MEMORY = timedelta(days=4 * 365)
"""Older evidence weighs less than a thousandth and is not even loaded."""
MOST = 60_000
"""Pieces of evidence that are weighed, the newest: some 40 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Everybody who could be asked and all that speaks for them, at one moment."""

    index: EvidenceIndex
    people: Mapping[PersonId, Person]
    channels: Mapping[ChannelId, Channel]
    homes: Mapping[PersonId, frozenset[CommunityId]]
    footprints: Mapping[PersonId, Footprint]
    groups: Mapping[CommunityId, Group]
    histories: Mapping[PersonId, tuple[InvitationRow, ...]]
    last_seen: Mapping[PersonId, datetime]
    items: Mapping[Ref, Item]
    answered: Mapping[Ref, Ref]
    """Which question an item answered."""
    mains: Mapping[PersonId, PersonId]
    """Linked account → the account that its human wants to be asked at: one human is one candidate."""

    def main(self, person: PersonId) -> PersonId:
        """The account that stands for the person here."""
        return self.mains.get(person, person)

    def after(self, invitations: Sequence[InvitationRow]) -> "Field":
        """The same field, with these invitations for history."""
        return replace(self, histories=_histories(invitations, self.mains))

    def candidates(self) -> list[Candidate]:
        """Everybody with evidence."""
        return [
            Candidate(
                person=self.people[person],
                communities=self.homes.get(person, frozenset()),
                footprint=self.footprints.get(person, Footprint()),
                history=self.histories.get(person, ()),
                last_seen=self.last_seen.get(person),
            )
            for person in self.index.people
            if person in self.people
        ]

    def may_show(self, ref: Ref) -> bool:
        """Only what may be told speaks for somebody elsewhere: it can be shown to explain them."""
        item = self.items.get(ref)
        return may_be_told(self.channels.get(ref.channel), past_closed=item is not None and item.past_closed)

    def describe(self, ref: Ref) -> Described | None:
        """What an explanation may say of an item."""
        item = self.items.get(ref)
        if item is None or not self.may_show(ref):
            return None
        question = self.items.get(self.answered.get(ref, ref))
        shown = question is not None and question is not item and self.may_show(question.ref)
        return Described(
            about=item.text,
            channel=self.channels[ref.channel].name.removeprefix("#"),
            at=item.at,
            answered=question.text if question is not None and shown else "",
        )

    def why(self, ranked: Ranked, lang: str, *, question: str, now: datetime, named: bool) -> str:
        """The reason in a sentence, to the person or (`named`) about them; "" when none may be shown."""
        name = self.people[ranked.person].name if named else None
        return explain(ranked, lang, self.describe, question=question, name=name, now=now)

    def reason(self, row: InvitationRow, lang: str, *, question: str, now: datetime, named: bool = False) -> str:
        """As `why`, for an invitation that was made earlier."""
        name = self.people[self.main(row.person)].name if named else None
        kept = [e for e in self.index.evidence if e.person == self.main(row.person) and e.item in row.evidence]
        kept.sort(key=lambda e: row.evidence.index(e.item) if e.item else 0)
        return reason(kept, lang, self.describe, question=question, name=name, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question in search of somebody; `ref` and `present` when it was really asked."""

    text: str
    vector: Vector
    community: CommunityId
    at: datetime
    ref: Ref
    domain: DomainKey | None = None
    present: frozenset[PersonId] = frozenset()


def ask(
    field: Field, query: Query, settings: AnderSettings, *, now: datetime, rng: np.random.Generator | None
) -> Choice:
    """Who could be asked, best first."""
    asked = Asked(
        question=query.ref,
        community=query.community,
        at=query.at,
        text=query.text,
        vector=query.vector,
        group=field.groups.get(query.community, Group(people=frozenset(), channels=frozenset())),
        domain=query.domain,
        present=frozenset(map(field.main, query.present)),
    )
    return choose(asked, field.candidates(), field.index, settings, now=now, rng=rng, may_show=field.may_show)


async def survey(tx: Transaction, model: str, now: datetime) -> Field:
    """Load the field as it stands."""
    people = await tx.people()
    mains = {id: person.main for id, person in people.items() if person.main not in (None, id)}
    rows = [_as_main(row, mains) for row in (await tx.evidence(before=now, since=now - MEMORY))[-MOST:]]
    refs = {ref for row in rows for ref in (row.item, row.about) if ref}
    items = await tx.items(refs)
    vectors = await tx.vectors(refs, Part.OWN, model)
    channels = await tx.channels()
    homes = _homes(await tx.all_memberships(), channels, mains)
    numbers = {ref: i for i, ref in enumerate(vectors)}
    matrix = np.stack(list(vectors.values())) if vectors else np.zeros((0, 1), dtype=np.float32)
    return Field(
        index=EvidenceIndex([_evidence(row, items, numbers) for row in rows], matrix),
        people={id: person for id, person in people.items() if id not in mains},
        channels=channels,
        homes=homes,
        footprints=_footprints(rows, items, numbers, matrix, mains),
        groups=_groups(homes, channels, rows, numbers, matrix),
        histories=_histories(await tx.invitations(), mains),
        last_seen=_last_seen(rows),
        items=items,
        answered={row.item: row.about for row in rows if row.item and row.about},
        mains=mains,
    )


def _as_main(row: EvidenceRow, mains: Mapping[PersonId, PersonId]) -> EvidenceRow:
    return replace(row, person=mains[row.person]) if row.person in mains else row


def _evidence(row: EvidenceRow, items: Mapping[Ref, Item], numbers: Mapping[Ref, int]) -> Evidence:
    item = items.get(row.item) if row.item else None
    about = items.get(row.about) if row.about else None
    return Evidence(
        person=row.person,
        kind=row.kind,
        at=row.at,
        item=row.item,
        community=row.community,
        channel=row.item.channel if row.item else None,
        domain=row.domain,
        text=" ".join(one.text for one in (about, item) if one),
        own=numbers.get(row.item) if row.item else None,
        about=numbers.get(row.about) if row.about else None,
    )


def _homes(
    memberships: Mapping[PersonId, frozenset[ChannelId]],
    channels: Mapping[ChannelId, Channel],
    mains: Mapping[PersonId, PersonId],
) -> dict[PersonId, frozenset[CommunityId]]:
    homes: dict[PersonId, frozenset[CommunityId]] = {}
    for person, joined in memberships.items():
        main = mains.get(person, person)
        here = frozenset(c for at in joined if at in channels and (c := channels[at].community))
        homes[main] = homes.get(main, frozenset()) | here
    return homes


def _footprints(
    rows: Sequence[EvidenceRow],
    items: Mapping[Ref, Item],
    numbers: Mapping[Ref, int],
    matrix: NDArray[np.float32],
    mains: Mapping[PersonId, PersonId],
) -> dict[PersonId, Footprint]:
    places: dict[PersonId, Counter[ChannelId]] = defaultdict(Counter)
    partners: dict[PersonId, Counter[PersonId]] = defaultdict(Counter)
    known: dict[PersonId, list[int]] = defaultdict(list)
    for row in rows:
        if row.item:
            places[row.person][row.item.channel] += 1
        if row.about and (question := items.get(row.about)):
            asker = mains.get(question.author, question.author)
            partners[row.person][asker] += 1
            partners[asker][row.person] += 1
        known[row.person].extend(_numbers(row, numbers))
    return {
        person: Footprint(
            channels=places[person], partners=partners[person], centre=_centre(known.get(person, ()), matrix)
        )
        for person in places.keys() | partners.keys()
    }


def _groups(
    homes: Mapping[PersonId, frozenset[CommunityId]],
    channels: Mapping[ChannelId, Channel],
    rows: Sequence[EvidenceRow],
    numbers: Mapping[Ref, int],
    matrix: NDArray[np.float32],
) -> dict[CommunityId, Group]:
    people: dict[CommunityId, set[PersonId]] = defaultdict(set)
    places: dict[CommunityId, set[ChannelId]] = defaultdict(set)
    known: dict[CommunityId, list[int]] = defaultdict(list)
    for person, communities in homes.items():
        for community in communities:
            people[community].add(person)
    for channel in channels.values():
        if channel.community:
            places[channel.community].add(channel.id)
    for row in rows:
        if row.community:
            known[row.community].extend(_numbers(row, numbers))
    return {
        community: Group(
            people=frozenset(people[community]),
            channels=frozenset(places[community]),
            centre=_centre(known[community], matrix),
        )
        for community in people.keys() | places.keys()
    }


def _numbers(row: EvidenceRow, numbers: Mapping[Ref, int]) -> list[int]:
    return [numbers[ref] for ref in (row.item, row.about) if ref is not None and ref in numbers]


def _centre(numbers: Collection[int], matrix: NDArray[np.float32]) -> Vector | None:
    if not numbers:
        return None
    mean = matrix[np.fromiter(numbers, dtype=np.intp)].mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, dtype=np.float32) if length else None


def _histories(
    rows: Sequence[InvitationRow], mains: Mapping[PersonId, PersonId]
) -> dict[PersonId, tuple[InvitationRow, ...]]:
    """Each person's invitations, at whichever account they came."""
    found: dict[PersonId, list[InvitationRow]] = defaultdict(list)
    for row in rows:
        found[mains.get(row.person, row.person)].append(row)
    return {person: tuple(all_) for person, all_ in found.items()}


def _last_seen(rows: Sequence[EvidenceRow]) -> dict[PersonId, datetime]:
    return {row.person: row.at for row in sorted(rows, key=lambda row: row.at)}
